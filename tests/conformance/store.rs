//! [`Store`].

use std::rc::Rc;

use futures_util::future::{join, join_all};
use roo_cloud_web::platform::{Expect, Store, StoreError, Write};

use super::{Bench, tab, two_tabs};

fn put(key: &str, expect: Expect, bytes: &[u8]) -> Write {
    Write { key: key.to_owned(), expect, bytes: Some(bytes.to_vec()) }
}

fn delete(key: &str, expect: Expect) -> Write {
    Write { key: key.to_owned(), expect, bytes: None }
}

async fn read(store: &impl Store, key: &str) -> Option<(u64, Vec<u8>)> {
    let mut found = store.read(&[key]).await.expect("read");
    assert_eq!(found.len(), 1);
    found.remove(0).map(|stored| (stored.version, stored.bytes))
}

pub async fn reads_what_was_written(bench: &impl Bench) {
    let store = tab(bench).await;
    assert_eq!(store.read(&["a", "b"]).await, Ok(vec![None, None]));
    assert_eq!(store.read(&[]).await, Ok(vec![]));
    let versions =
        store.apply(vec![put("b", Expect::Any, b"two"), put("a", Expect::Any, b"one")]).await.expect("apply");
    assert_eq!(versions.len(), 2);
    assert!(versions.iter().all(|version| *version != 0), "{versions:?}");
    let found = store.read(&["a", "missing", "b"]).await.expect("read");
    let [Some(a), None, Some(b)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((a.bytes.as_slice(), a.version), (&b"one"[..], versions[1]));
    assert_eq!((b.bytes.as_slice(), b.version), (&b"two"[..], versions[0]));
    assert_eq!(store.apply(vec![]).await, Ok(vec![]));
}

pub async fn keeps_every_byte(bench: &impl Bench) {
    let store = tab(bench).await;
    let all: Vec<u8> = (0..=255).collect();
    store.apply(vec![put("all", Expect::Any, &all), put("empty", Expect::Any, b"")]).await.expect("apply");
    assert_eq!(read(&*store, "all").await.map(|found| found.1), Some(all));
    assert_eq!(read(&*store, "empty").await.map(|found| found.1), Some(vec![]), "an empty value is not an absent one");
}

pub async fn gives_a_new_version_to_every_write(bench: &impl Bench) {
    let store = tab(bench).await;
    let mut seen = Vec::new();
    for round in 0..6 {
        if round == 3 {
            store.apply(vec![delete("key", Expect::Any)]).await.expect("delete");
        }
        let versions = store.apply(vec![put("key", Expect::Any, b"the same bytes")]).await.expect("apply");
        assert_eq!(read(&*store, "key").await.map(|found| found.0), Some(versions[0]));
        assert!(!seen.contains(&versions[0]), "{versions:?} again after {seen:?}");
        seen.push(versions[0]);
    }
}

pub async fn writes_only_what_was_expected(bench: &impl Bench) {
    let store = tab(bench).await;
    let first = store.apply(vec![put("key", Expect::Absent, b"1")]).await.expect("absent")[0];
    assert_eq!(store.apply(vec![put("key", Expect::Absent, b"2")]).await, Err(StoreError::Mismatch));
    let second = store.apply(vec![put("key", Expect::Version(first), b"2")]).await.expect("version")[0];
    assert_eq!(store.apply(vec![put("key", Expect::Version(first), b"3")]).await, Err(StoreError::Mismatch));
    assert_eq!(read(&*store, "key").await, Some((second, b"2".to_vec())));
    assert_eq!(store.apply(vec![put("none", Expect::Version(second), b"3")]).await, Err(StoreError::Mismatch));
    assert_eq!(read(&*store, "none").await, None);
}

pub async fn writes_all_or_nothing(bench: &impl Bench) {
    let store = tab(bench).await;
    let version = store.apply(vec![put("a", Expect::Any, b"old")]).await.expect("apply")[0];
    let writes = vec![
        put("a", Expect::Version(version), b"new"),
        put("b", Expect::Absent, b"new"),
        delete("c", Expect::Version(version)),
    ];
    assert_eq!(store.apply(writes).await, Err(StoreError::Mismatch));
    assert_eq!(read(&*store, "a").await, Some((version, b"old".to_vec())));
    assert_eq!(read(&*store, "b").await, None);
}

pub async fn deletes(bench: &impl Bench) {
    let store = tab(bench).await;
    let version = store.apply(vec![put("key", Expect::Any, b"x")]).await.expect("apply")[0];
    assert_eq!(store.apply(vec![delete("key", Expect::Version(version))]).await, Ok(vec![0]));
    assert_eq!(read(&*store, "key").await, None);
    assert_eq!(store.keys("").await, Ok(vec![]));
    assert_eq!(store.apply(vec![delete("key", Expect::Any)]).await, Ok(vec![0]), "deleting nothing is no fault");
    assert_eq!(store.apply(vec![delete("key", Expect::Version(version))]).await, Err(StoreError::Mismatch));
    assert!(store.apply(vec![put("key", Expect::Absent, b"y")]).await.is_ok());
}

pub async fn lists_keys_by_prefix(bench: &impl Bench) {
    let store = tab(bench).await;
    assert_eq!(store.keys("").await, Ok(vec![]));
    let names = ["queue/10", "queue/1", "queue", "queue/", "queue0", "quel", "a", "queue/~", "Queue/1"];
    store.apply(names.iter().map(|name| put(name, Expect::Any, b"x")).collect()).await.expect("apply");
    let found = store.keys("queue/").await.expect("keys");
    assert_eq!(found, ["queue/", "queue/1", "queue/10", "queue/~"]);
    assert_eq!(store.keys("nothing").await, Ok(vec![]));
    let mut all = names.map(str::to_owned).to_vec();
    all.sort();
    assert_eq!(store.keys("").await, Ok(all));
}

pub async fn shares_records_between_tabs(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    let version = one.apply(vec![put("key", Expect::Any, b"from one")]).await.expect("apply")[0];
    assert_eq!(read(&*two, "key").await, Some((version, b"from one".to_vec())), "as soon as it is committed");
    two.apply(vec![put("key", Expect::Version(version), b"from two")]).await.expect("apply");
    assert_eq!(one.apply(vec![put("key", Expect::Version(version), b"late")]).await, Err(StoreError::Mismatch));
    let stranger = tab(bench).await;
    assert_eq!(read(&*stranger, "key").await, None, "another storage is another storage");
}

pub async fn lets_one_of_two_racing_writers_win(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    for round in 0..5 {
        let key = format!("race/{round}");
        let writes = |name: &[u8]| vec![put(&key, Expect::Absent, name), put("last", Expect::Any, name)];
        let (first, second) = join(one.apply(writes(b"one")), two.apply(writes(b"two"))).await;
        let winner: &[u8] = match (&first, &second) {
            (Ok(_), Err(StoreError::Mismatch)) => b"one",
            (Err(StoreError::Mismatch), Ok(_)) => b"two",
            both => panic!("{both:?}"),
        };
        assert_eq!(read(&*one, &key).await.map(|found| found.1), Some(winner.to_vec()));
        assert_eq!(read(&*two, "last").await.map(|found| found.1), Some(winner.to_vec()));
    }
}

pub async fn loses_no_increment(bench: &impl Bench) {
    const EACH: usize = 8;
    async fn count<S: Store>(store: Rc<S>) {
        for _ in 0..EACH {
            loop {
                let (expect, value) = match read(&*store, "count").await {
                    None => (Expect::Absent, 0),
                    Some((version, bytes)) => (Expect::Version(version), bytes.len()),
                };
                match store.apply(vec![put("count", expect, &vec![1; value + 1])]).await {
                    Ok(_) => break,
                    Err(StoreError::Mismatch) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
        }
    }
    let tabs = bench.tabs(3).await;
    join_all(tabs.iter().cloned().map(count)).await;
    assert_eq!(read(&*tabs[0], "count").await.map(|found| found.1.len()), Some(3 * EACH));
}

pub async fn takes_large_and_many_records(bench: &impl Bench) {
    let store = tab(bench).await;
    let large: Vec<u8> = (0..1_000_003_u32).map(|n| n.to_le_bytes()[0]).collect();
    store.apply(vec![put("large", Expect::Any, &large)]).await.expect("apply");
    assert!(read(&*store, "large").await.map(|found| found.1) == Some(large));
    let names: Vec<String> = (0..500).map(|n| format!("many/{n:03}")).collect();
    store.apply(names.iter().map(|name| put(name, Expect::Absent, name.as_bytes())).collect()).await.expect("apply");
    assert_eq!(store.keys("many/").await.as_ref(), Ok(&names));
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = store.read(&asked).await.expect("read");
    let same =
        found.iter().zip(&names).all(|(stored, name)| stored.as_ref().is_some_and(|s| s.bytes == name.as_bytes()));
    assert!(same && found.len() == names.len());
}
