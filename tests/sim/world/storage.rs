//! Storage that aborts, fills, is denied, and outlives its tabs.

use roo_cloud_web::platform::sim::{StorageMode, TabOptions, World, seeds};
use roo_cloud_web::platform::{Crypto, CryptoError, StorageKind, Store, StoreError};

use super::put;

#[test]
fn aborted_transactions_change_nothing() {
    seeds(20, |seed| {
        let world = World::new(seed);
        let tab = world.open_tab();
        world.run(async {
            tab.apply(vec![put("a", b"old")]).await.expect("applied");
            tab.storage().abort_next(2);
            for _ in 0..2 {
                assert_eq!(tab.apply(vec![put("a", b"new"), put("b", b"new")]).await, Err(StoreError::Unavailable));
            }
            assert_eq!(tab.storage().records(), [("a".to_owned(), b"old".to_vec())].into());
            tab.apply(vec![put("a", b"new")]).await.expect("applied again");
            assert_eq!(tab.storage().commits(), 2);
            tab.storage().set_abort_probability(1.0);
            assert_eq!(tab.apply(vec![put("a", b"newer")]).await, Err(StoreError::Unavailable));
            assert!(tab.read(&["a"]).await.is_ok(), "reading goes on");
        });
    });
}

#[test]
fn full_storage_takes_deletions() {
    let world = World::new(0);
    let tab = world.open_tab();
    world.run(async {
        tab.storage().set_quota_bytes(Some(100));
        tab.apply(vec![put("a", &[1; 60])]).await.expect("fits");
        assert_eq!(tab.apply(vec![put("b", &[1; 40])]).await, Err(StoreError::Full));
        tab.apply(vec![put("a", &[2; 99])]).await.expect("replaces");
        let delete = roo_cloud_web::platform::Write { bytes: None, ..put("a", b"") };
        tab.apply(vec![delete, put("b", &[1; 40])]).await.expect("makes room");
        tab.storage().set_full_probability(1.0);
        assert_eq!(tab.apply(vec![put("c", b"")]).await, Err(StoreError::Full));
        assert_eq!(tab.storage().records().keys().collect::<Vec<_>>(), ["b"]);
    });
}

#[test]
fn denied_and_memory_storage() {
    let world = World::new(0);
    let of = |storage| world.open_tab_with(TabOptions { storage, ..TabOptions::default() });
    let (shared, memory, denied) = (of(StorageMode::Shared), of(StorageMode::Memory), of(StorageMode::Denied));
    world.run(async {
        shared.apply(vec![put("a", b"1")]).await.expect("applied");
        assert_eq!(memory.read(&["a"]).await, Ok(vec![None]));
        memory.apply(vec![put("b", b"1")]).await.expect("applied");
        assert_eq!(shared.keys("").await, Ok(vec!["a".to_owned()]));
        assert_eq!(denied.read(&["a"]).await, Err(StoreError::Unavailable));
        assert_eq!(denied.apply(vec![put("a", b"2")]).await, Err(StoreError::Unavailable));
        let sealed = shared.seal(b"", b"secret").await.expect("sealed");
        assert_eq!(memory.open(b"", &sealed).await, Err(CryptoError::Refused), "a key of its own");
        shared.storage().set_denied(true);
        assert_eq!(shared.keys("").await, Err(StoreError::Unavailable));
        shared.change(|options| options.crypto = false);
        assert_eq!(shared.seal(b"", b"secret").await, Err(CryptoError::Unavailable));
    });
    assert_eq!([&shared, &memory].map(Store::storage_kind), [StorageKind::IndexedDb, StorageKind::Memory]);
}

#[test]
fn what_is_stored_outlives_every_tab() {
    let world = World::new(0);
    let tab = world.open_tab();
    let sealed = world.run(async {
        tab.apply(vec![put("a", b"1")]).await.expect("applied");
        tab.seal(b"", b"secret").await.expect("sealed")
    });
    tab.close();
    let next = world.open_tab();
    world.run(async {
        assert_eq!(
            next.read(&["a"]).await.map(|found| found[0].clone().map(|stored| stored.bytes)),
            Ok(Some(vec![b'1']))
        );
        assert_eq!(next.open(b"", &sealed).await, Ok(b"secret".to_vec()));
    });
    next.storage().put("a", Some(vec![0]));
    assert_eq!(next.storage().records()["a"], [0]);
    next.storage().clear();
    assert!(next.storage().records().is_empty());
}

#[test]
fn a_killed_tabs_transaction_happens_or_not() {
    let outcomes: Vec<bool> = (0..40)
        .map(|seed| {
            let world = World::new(seed);
            let tab = world.open_tab();
            let place = tab.clone();
            drop(tab.start(async move { place.apply(vec![put("a", b"1"), put("b", b"1")]).await }));
            tab.kill_at_poll(1);
            world.run_for(100);
            let stored = world.origin("https://app.example").storage.records().len();
            assert!(stored == 0 || stored == 2);
            stored == 2
        })
        .collect();
    assert!(outcomes.contains(&true) && outcomes.contains(&false));
}

#[test]
fn transactions_end_in_the_order_in_which_they_began() {
    seeds(50, |seed| {
        let world = World::new(seed);
        let (one, two) = (world.open_tab(), world.open_tab());
        world.run(async {
            let writes = futures_util::future::join3(
                one.apply(vec![put("a", b"1")]),
                two.apply(vec![put("a", b"2")]),
                one.read(&["a"]),
            );
            let (_, _, found) = writes.await;
            assert_eq!(found.expect("read")[0].as_ref().map(|stored| stored.bytes.clone()), Some(b"2".to_vec()));
        });
    });
}
