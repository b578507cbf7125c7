//! [`Channel`].

use std::cell::RefCell;
use std::rc::Rc;

use roo_cloud_web::platform::{Channel, Subscription, Timers};

use super::{Bench, tab, two_tabs, until};

/// Long enough for a message to arrive that must not.
const A_WHILE_MS: u64 = 200;

type Heard = Rc<RefCell<Vec<String>>>;

fn listen(place: &impl Channel, channel: &str) -> (Heard, Subscription) {
    let heard = Heard::default();
    let into = heard.clone();
    let subscription = place.listen(channel, Box::new(move |message| into.borrow_mut().push(message.to_owned())));
    (heard, subscription)
}

pub async fn reaches_others_and_not_itself(bench: &impl Bench) {
    let tabs = bench.tabs(3).await;
    assert!(tabs.iter().all(|place| place.has_channel()));
    let ears: Vec<_> = tabs.iter().map(|place| listen(&**place, "news")).collect();
    let stranger = tab(bench).await;
    let (strange, _subscription) = listen(&*stranger, "news");
    let text = "héllo \u{1F600} {\"a\":1}\n\0";
    tabs[0].post("news", text);
    until(&*tabs[0], "both others heard it", || ears[1..].iter().all(|ear| !ear.0.borrow().is_empty())).await;
    tabs[0].sleep(A_WHILE_MS).await;
    assert_eq!(*ears[0].0.borrow(), [""; 0], "none comes back to its sender");
    assert_eq!(*ears[1].0.borrow(), [text]);
    assert_eq!(*ears[2].0.borrow(), [text]);
    assert_eq!(*strange.borrow(), [""; 0], "another storage's tabs are strangers");
}

pub async fn keeps_the_order_of_one_sender(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    let (heard, _subscription) = listen(&*two, "news");
    let sent: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    for message in &sent {
        one.post("news", message);
    }
    until(&*two, "all have come", || heard.borrow().len() == sent.len()).await;
    assert_eq!(*heard.borrow(), sent);
}

pub async fn knows_names_apart(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    let (news, _news) = listen(&*two, "news");
    let (other, _other) = listen(&*two, "other");
    one.post("news", "a");
    one.post("other", "b");
    one.post("nobody", "c");
    until(&*two, "both have come", || !news.borrow().is_empty() && !other.borrow().is_empty()).await;
    assert_eq!((&**news.borrow(), &**other.borrow()), (&["a".to_owned()][..], &["b".to_owned()][..]));
}

pub async fn stops_when_the_subscription_is_dropped(bench: &impl Bench) {
    let (one, two) = two_tabs(bench).await;
    let (deaf, subscription) = listen(&*two, "news");
    let (heard, _subscription) = listen(&*two, "news");
    one.post("news", "before");
    until(&*two, "both heard it", || deaf.borrow().len() == 1 && heard.borrow().len() == 1).await;
    drop(subscription);
    one.post("news", "after");
    until(&*two, "the other heard it", || heard.borrow().len() == 2).await;
    assert_eq!(*deaf.borrow(), ["before"]);
}
