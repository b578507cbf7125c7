//! Requests that go wrong.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use roo_cloud_web::platform::sim::{Exchange, Fault, Faults, Reply, Tab, World, seeds};
use roo_cloud_web::platform::{Http, HttpError, Page, PageSignal, Request, Response, within};

use super::{SERVER, get};

fn post() -> Request {
    Request { method: "POST", body: Some((*b"{}").into()), ..get("") }
}

fn world(seed: u64) -> (World, Tab) {
    let world = World::new(seed);
    world.network().handle(SERVER, |_, _| Reply::json(200, r#"{"a":1}"#));
    let tab = world.open_tab();
    (world, tab)
}

/// What comes of one POST with `fault`; `None`: nothing within 10 s.
fn with(seed: u64, fault: Fault) -> (Option<Result<Response, HttpError>>, Exchange) {
    let (world, tab) = world(seed);
    world.network().fail_next(SERVER, fault);
    let answer = world.run(within(&tab, 10_000, tab.send(post())));
    (answer, world.network().log().remove(0))
}

#[test]
fn every_fault_does_what_it_says() {
    let (mut short, mut hung, mut late) = (0, 0, 0);
    for seed in 0..30 {
        let (answer, exchange) = with(seed, Fault::Refused);
        assert_eq!((answer.and_then(Result::err), exchange.served), (Some(HttpError::Network), 0));
        let (answer, exchange) = with(seed, Fault::RequestLost);
        assert_eq!(exchange.served, 0);
        hung += u32::from(answer.is_none());
        let (answer, exchange) = with(seed, Fault::AnswerLost);
        assert_eq!((exchange.served, exchange.status, exchange.delivered), (1, Some(200), false));
        assert!(answer.is_none_or(|answer| answer.is_err()));
        let (answer, exchange) = with(seed, Fault::Duplicated);
        assert_eq!((answer.map(|answer| answer.is_ok()), exchange.served), (Some(true), 2));
        let (answer, _) = with(seed, Fault::Malformed);
        assert!(answer.is_some_and(|answer| answer.is_ok_and(|answer| answer.body.starts_with(b"<!doctype"))));
        let (answer, exchange) = with(seed, Fault::Status(503));
        assert_eq!((answer.map(|answer| answer.map(|answer| answer.status)), exchange.served), (Some(Ok(503)), 0));
        if let (Some(Ok(answer)), _) = with(seed, Fault::Cut) {
            assert!(answer.body.len() < 7);
            short += 1;
        }
        late += u32::from(with(seed, Fault::Slow).0.is_none());
    }
    assert!((5..25).contains(&short) && (5..25).contains(&hung) && (15..30).contains(&late), "{short} {hung} {late}");
}

#[test]
fn faults_come_as_often_as_asked_for() {
    let (world, tab) = world(1);
    world.network().set_faults(SERVER, Faults::failing(0.3).losing_answers(0.1));
    world.run(async {
        for _ in 0..2000 {
            drop(tab.send(get("")).await);
        }
    });
    let log = world.network().log();
    let count = |fits: fn(&Exchange) -> bool| log.iter().filter(|exchange| fits(exchange)).count();
    assert!((1100..1300).contains(&count(|exchange| exchange.fault.is_none() && exchange.delivered)));
    assert!((150..250).contains(&count(|exchange| exchange.fault == Some(Fault::AnswerLost) && exchange.served == 1)));
    assert_eq!(world.network().count(SERVER), 2000);
}

#[test]
fn a_request_given_up_may_have_been_served() {
    let mut served = 0;
    for seed in 0..40 {
        let (world, tab) = world(seed);
        world.network().set_travel_ms(50, 50);
        assert!(world.run(within(&tab, 10, tab.send(post()))).is_none());
        world.run_for(1000);
        let exchange = world.network().log().remove(0);
        assert_eq!((exchange.ended_ms, exchange.delivered), (Some(exchange.sent_ms + 10), false));
        served += exchange.served;
    }
    assert!((5..35).contains(&served), "{served}");
}

#[test]
fn offline_ends_what_is_under_way_and_is_told() {
    seeds(20, |seed| {
        let (world, tab) = world(seed);
        world.network().set_travel_ms(500, 500);
        let signals = Rc::new(RefCell::new(Vec::new()));
        let heard = signals.clone();
        let _subscription = tab.on_signal(Box::new(move |signal| heard.borrow_mut().push(signal)));
        let place = tab.clone();
        let request = tab.start(async move { place.send(get("")).await.err() });
        world.run_for(100);
        world.set_online(false);
        assert_eq!((tab.online(), world.run(request)), (false, Some(Some(HttpError::Network))));
        assert_eq!(world.run(tab.send(get(""))).err(), Some(HttpError::Network));
        world.set_online(true);
        assert!(world.run(tab.send(get(""))).is_ok());
        assert_eq!(*signals.borrow(), [PageSignal::Offline, PageSignal::Online]);
        world.network().set_reachable(false);
        assert_eq!((tab.online(), world.run(tab.send(get(""))).is_err()), (true, true), "the browser need not know");
    });
}

#[test]
fn keepalive_outlives_its_page() {
    for keepalive in [true, false] {
        let served = Rc::new(Cell::new(0));
        for seed in 0..20 {
            let (world, tab) = world(seed);
            world.network().set_travel_ms(100, 100);
            let count = served.clone();
            world.network().handle(SERVER, move |_, _| {
                count.set(count.get() + 1);
                Reply::status(200)
            });
            let place = tab.clone();
            drop(tab.start(async move { place.send(Request { keepalive, ..post() }).await }));
            world.run_for(10);
            tab.close();
            world.run_for(1000);
        }
        assert!(if keepalive { served.get() == 20 } else { served.get() < 18 }, "{}", served.get());
    }
}

#[test]
fn counts_what_is_waited_for_at_one_time() {
    let (world, tab) = world(0);
    world.run(async {
        drop(tab.send(get("a")).await);
        drop(futures_util::future::join3(tab.send(get("b")), tab.send(get("b")), tab.send(get("a"))).await);
    });
    let most = |path: &str| world.network().most_at_once(&format!("{SERVER}{path}"));
    assert_eq!((most(""), most("a"), most("b"), most("c")), (3, 1, 2, 0));
}
