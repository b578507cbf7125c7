//! Between tabs: locks stolen and abandoned, messages late and lost.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use roo_cloud_web::platform::sim::{TabOptions, World, seeds};
use roo_cloud_web::platform::{Channel, Locks, Timers, within};

#[test]
fn a_stolen_lock_is_held_by_two_who_think_so() {
    seeds(20, |seed| {
        let world = World::new(seed);
        let (victim, thief, third) = (world.open_tab(), world.open_tab(), world.open_tab());
        world.run(async {
            let old = victim.lock("lock").await;
            victim.origin().locks.steal(&thief, "lock");
            let stolen = thief.lock("lock").await;
            assert!(within(&third, 1000, third.lock("lock")).await.is_none());
            drop(old);
            assert!(within(&third, 1000, third.lock("lock")).await.is_none(), "the victim has nothing left to release");
            drop(stolen);
            assert!(within(&third, 1000, third.lock("lock")).await.is_some());
        });
    });
}

#[test]
fn an_abandoned_lock_blocks_until_its_tab_dies() {
    seeds(20, |seed| {
        let world = World::new(seed);
        let (hung, waiter) = (world.open_tab(), world.open_tab());
        let place = hung.clone();
        drop(hung.start(async move {
            let _guard = place.lock("lock").await;
            std::future::pending::<()>().await;
        }));
        world.run_for(10);
        assert!(world.run(within(&waiter, 180_000, waiter.lock("lock"))).is_none());
        hung.kill();
        let before_ms = world.now_ms();
        assert!(world.run(waiter.lock("lock")).is_some());
        assert!(world.now_ms() - before_ms <= 70);
    });
}

#[test]
fn a_sandboxed_tab_has_neither_locks_nor_channel() {
    let world = World::new(0);
    let tab = world.open_tab_with(TabOptions::sandboxed());
    assert!(!tab.has_locks() && !tab.has_channel());
    assert!(world.run(tab.lock("lock")).is_none());
    tab.post("news", "nobody hears it");
    drop(tab.listen("news", Box::new(|_| ())));
}

#[test]
fn messages_are_late_and_disordered_between_senders_only() {
    let orders = Rc::new(RefCell::new(BTreeSet::new()));
    for seed in 0..30 {
        let world = World::new(seed);
        let (one, two, ear) = (world.open_tab(), world.open_tab(), world.open_tab());
        let heard = Rc::new(RefCell::new(String::new()));
        let into = heard.clone();
        let _subscription = ear.listen("news", Box::new(move |text| into.borrow_mut().push_str(text)));
        one.post("news", "a");
        two.post("news", "x");
        one.post("news", "b");
        assert_eq!(*heard.borrow(), "", "none arrives within the call");
        world.run_for(1000);
        let order = heard.take();
        assert!(order.find('a') < order.find('b'), "{order}");
        orders.borrow_mut().insert(order);
    }
    assert_eq!(orders.borrow().len(), 3, "{orders:?}");
}

#[test]
fn messages_are_lost() {
    let world = World::new(0);
    let (one, ear, frozen) = (world.open_tab(), world.open_tab(), world.open_tab());
    let heard = Rc::new(RefCell::new(Vec::new()));
    let _subscriptions = [&ear, &frozen].map(|tab| {
        let (into, id) = (heard.clone(), tab.id());
        tab.listen("news", Box::new(move |_| into.borrow_mut().push(id)))
    });
    frozen.freeze();
    one.origin().channels.set_loss_probability(0.5);
    for _ in 0..1000 {
        one.post("news", "x");
    }
    world.run_for(1000);
    assert!((400..600).contains(&heard.borrow().len()) && heard.borrow().iter().all(|id| *id == ear.id()));
    frozen.thaw();
    world.run_for(1000);
    assert!(!heard.borrow().contains(&frozen.id()), "what was said while it was frozen is gone");
    one.origin().channels.set_loss_probability(0.0);
    one.origin().channels.set_travel_ms(5000, 5000);
    heard.borrow_mut().clear();
    one.post("news", "x");
    world.run(one.sleep(4999));
    assert!(heard.borrow().is_empty());
    world.run(one.sleep(2));
    assert_eq!(heard.borrow().len(), 2);
}
