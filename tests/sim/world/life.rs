//! Time: clocks that jump, machines that sleep, tabs that are throttled, frozen and killed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use roo_cloud_web::platform::sim::{Monotonic, World, seeds};
use roo_cloud_web::platform::{Clock, HttpError, Locks, Page, PageSignal, Store, Timers};

use super::{Reply, SERVER, get, put};

#[test]
fn a_day_takes_no_time() {
    let world = World::new(0);
    let tab = world.open_tab();
    let (wall_ms, monotonic_ms) = (tab.wall_ms(), tab.monotonic_ms());
    world.run(tab.sleep(86_400_000));
    assert_eq!((tab.wall_ms() - wall_ms, tab.monotonic_ms() - monotonic_ms), (86_400_000, 86_400_000));
    let sleep = world.start(tab.sleep((1 << 31) + 1));
    assert_eq!((world.run(sleep), tab.monotonic_ms()), (Some(()), 86_400_000 + (1 << 31) + 1));
}

#[test]
fn the_wall_clock_jumps_alone() {
    let world = World::new(0);
    let tab = world.open_tab();
    let (wall_ms, sleep) = (tab.wall_ms(), world.start(tab.sleep(60_000)));
    world.jump_wall_clock(-600_000);
    assert_eq!((tab.wall_ms(), tab.monotonic_ms()), (wall_ms - 600_000, 0));
    world.run(sleep);
    assert_eq!((tab.monotonic_ms(), world.true_ms() - tab.wall_ms()), (60_000, 600_000));
}

#[test]
fn the_machine_sleeps() {
    for monotonic in [Monotonic::StopsInSleep, Monotonic::RunsInSleep] {
        let world = World::new(0);
        world.network().handle(SERVER, |_, _| Reply::status(200).after_ms(30_000));
        let tab = world.open_tab();
        let (wall_ms, place) = (tab.wall_ms(), tab.clone());
        let request = tab.start(async move { place.send_and_time().await });
        let timer = world.start(tab.sleep(60_000));
        world.run_for(1000);
        world.sleep_machine(8 * 3_600_000, monotonic);
        assert_eq!(tab.wall_ms() - wall_ms, 8 * 3_600_000 + 1000);
        assert_eq!(world.true_ms(), tab.wall_ms(), "the servers' time goes on too");
        let (answer, _) = world.run(request).expect("not killed");
        assert_eq!(answer, Some(HttpError::Network), "connections do not outlive sleep");
        let before_ms = tab.wall_ms();
        world.run(timer);
        let waited_ms = tab.wall_ms() - before_ms;
        match monotonic {
            Monotonic::StopsInSleep => assert!((56_000..60_000).contains(&waited_ms) && tab.monotonic_ms() == 60_000),
            Monotonic::RunsInSleep => assert!(waited_ms < 2 && tab.monotonic_ms() > 8 * 3_600_000),
        }
    }
}

trait SendAndTime {
    async fn send_and_time(&self) -> (Option<HttpError>, u64);
}

impl<P: roo_cloud_web::platform::Http + Clock> SendAndTime for P {
    async fn send_and_time(&self) -> (Option<HttpError>, u64) {
        let before_ms = self.monotonic_ms();
        let error = self.send(get("")).await.err();
        (error, self.monotonic_ms() - before_ms)
    }
}

#[test]
fn hidden_tabs_wake_on_whole_seconds_then_minutes() {
    let world = World::new(0);
    let tab = world.open_tab();
    world.run_for(250);
    tab.hide();
    assert!(!tab.visible());
    world.run(tab.sleep(100));
    assert_eq!(world.now_ms(), 1000);
    world.run(tab.sleep(1100));
    assert_eq!(world.now_ms(), 3000);
    world.run_for(60_000);
    world.run(tab.sleep(100));
    assert_eq!(world.now_ms(), 120_000);
    let late = world.start(tab.sleep(10));
    world.run_for(5000);
    tab.show();
    world.run(late);
    assert_eq!(world.now_ms(), 125_000, "late timers fire when it is seen again");
}

#[test]
fn a_frozen_tab_keeps_its_lock_and_a_cached_one_does_not() {
    for cached in [false, true] {
        let world = World::new(3);
        let (frozen, other) = (world.open_tab(), world.open_tab());
        let (signals, ticks) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(0)));
        let (heard, ticked, place) = (signals.clone(), ticks.clone(), frozen.clone());
        let _subscription = frozen.on_signal(Box::new(move |signal| heard.borrow_mut().push(signal)));
        drop(frozen.start(async move {
            let _guard = place.lock("lock").await;
            loop {
                place.sleep(1000).await;
                ticked.set(ticked.get() + 1);
            }
        }));
        world.run_for(5500);
        if cached {
            frozen.enter_back_forward_cache();
        } else {
            frozen.freeze();
        }
        let (before, place) = (ticks.get(), other.clone());
        let waiter = other.start(async move { place.lock("lock").await.is_some() });
        world.run_for(180_000);
        assert_eq!(ticks.get(), before, "nothing runs in it");
        assert_eq!(other.origin().locks.grants(), if cached { 2 } else { 1 });
        if !cached {
            frozen.kill();
        }
        assert_eq!(world.run(waiter), Some(true));
        if cached {
            frozen.thaw();
            world.run_for(3000);
            assert!(ticks.get() > before);
            assert_eq!(*signals.borrow(), [PageSignal::Hidden, PageSignal::Resumed]);
        }
    }
}

#[test]
fn death_at_every_await_leaves_storage_whole() {
    let mut deaths = 0;
    for polls in 1..40 {
        for seed in 0..5 {
            let world = World::new(seed);
            let (victim, other) = (world.open_tab(), world.open_tab());
            let place = victim.clone();
            victim.kill_at_poll(polls);
            let task = victim.start(async move {
                for round in 0..5_u8 {
                    let _guard = place.lock("lock").await;
                    place.apply(vec![put("a", &[round]), put("b", &[round])]).await.expect("applied");
                    place.sleep(10).await;
                }
            });
            let died = world.run(task).is_none();
            assert_eq!(died, !victim.is_alive());
            deaths += u32::from(died);
            world.run_for(100);
            let records = other.storage().records();
            assert_eq!(records.get("a"), records.get("b"));
            assert!(!other.origin().locks.is_held("lock"), "its lock was released");
        }
    }
    assert!((50..195).contains(&deaths), "{deaths}");
}

#[test]
fn the_dead_do_nothing() {
    seeds(20, |seed| {
        let world = World::new(seed);
        let tab = world.open_tab();
        let ran = Rc::new(Cell::new(0));
        let (place, count) = (tab.clone(), ran.clone());
        drop(tab.start(async move {
            loop {
                place.sleep(1).await;
                count.set(count.get() + 1);
            }
        }));
        world.run_for(50);
        tab.kill();
        let (before, count) = (ran.get(), ran.clone());
        tab.spawn(Box::pin(async move { count.set(1000) }));
        world.run_for(1000);
        assert_eq!((ran.get(), world.tabs().len()), (before, 0));
    });
}
