//! What only a simulator can show: clocks, sleep, throttling, death at every await, and everything that goes wrong around a page.

mod life;
mod network;
mod page;
mod storage;
mod tabs;

use std::cell::RefCell;
use std::rc::Rc;

use roo_cloud_web::platform::sim::{Reply, Tab, World, seeds};
use roo_cloud_web::platform::{Channel, Clock, Crypto, Expect, Http, Locks, Request, Store, Timers, Write};

const SERVER: &str = "https://server.example/";

fn put(key: &str, bytes: &[u8]) -> Write {
    Write { key: key.to_owned(), expect: Expect::Any, bytes: Some(bytes.to_vec()) }
}

fn get(path: &str) -> Request {
    let url = format!("{SERVER}{path}");
    Request { method: "GET", url, max_answer_bytes: 1_000_000, ..Request::default() }
}

/// Something of everything, in three tabs; gives what happened, line by line.
fn trace(seed: u64) -> Vec<String> {
    let world = World::new(seed);
    world.network().handle(SERVER, |_, ctx| Reply::status(200).body(ctx.rng.below(1000).to_string()));
    let lines = Rc::new(RefCell::new(Vec::new()));
    let busy = |tab: Tab| {
        let lines = lines.clone();
        let say =
            move |tab: &Tab, what: String| lines.borrow_mut().push(format!("{} {} {what}", tab.wall_ms(), tab.id()));
        async move {
            let (ear, told) = (tab.clone(), say.clone());
            let _subscription = tab.listen("news", Box::new(move |news| told(&ear, format!("heard {news}"))));
            for round in 0..5 {
                tab.sleep(100).await;
                let guard = tab.lock("lock").await;
                let answer = tab.send(get("")).await.map(|answer| answer.body);
                say(&tab, format!("{round} {answer:?}"));
                tab.post("news", &round.to_string());
                let sealed = tab.seal(b"", b"x").await.expect("sealed");
                say(&tab, format!("{:?}", tab.apply(vec![put("key", &sealed)]).await));
                drop(guard);
            }
        }
    };
    let tasks: Vec<_> = (0..3).map(|_| world.open_tab()).map(|tab| tab.start(busy(tab.clone()))).collect();
    for task in tasks {
        world.run(task);
    }
    lines.take()
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..10 {
        let first = trace(seed);
        assert!(first.len() > 30, "{first:?}");
        assert_eq!(first, trace(seed));
        assert_ne!(first, trace(seed + 1));
    }
}

#[test]
fn a_failing_seed_says_how_to_run_it_again() {
    let failing = || seeds(50, |seed| assert_ne!(seed, 7, "seven"));
    let panic = std::panic::catch_unwind(failing).expect_err("it fails");
    let words = panic.downcast_ref::<String>().expect("words");
    assert!(words.contains("SIM_SEED=7 cargo test --test sim") && words.contains("seven"), "{words}");
}

#[test]
#[should_panic(expected = "the world stands still")]
fn waiting_for_what_never_comes_is_found() {
    World::new(0).run(std::future::pending::<()>());
}

#[test]
#[should_panic(expected = "without time going on")]
fn a_loop_that_never_waits_is_found() {
    let world = World::new(0);
    let tab = world.open_tab();
    let place = tab.clone();
    drop(tab.start(async move {
        loop {
            place.sleep(0).await;
        }
    }));
    world.run_for(1000);
}
