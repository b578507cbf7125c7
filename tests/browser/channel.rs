//! `BroadcastChannel`.

use std::cell::RefCell;
use std::rc::Rc;

use roo_cloud_web::platform::browser::StorageChoice;
use roo_cloud_web::platform::{Channel, Timers};
use wasm_bindgen_test::wasm_bindgen_test as test;

use crate::support::{fresh_namespace, js, open, open_in, until};

type Heard = Rc<RefCell<Vec<String>>>;

fn noting(heard: &Heard) -> Box<dyn Fn(&str)> {
    let heard = heard.clone();
    Box::new(move |message| heard.borrow_mut().push(message.into()))
}

#[test]
async fn others_hear_in_order_and_nobody_hears_itself() {
    let namespace = fresh_namespace();
    let (first, second) =
        (open_in(&namespace, StorageChoice::Auto).await, open_in(&namespace, StorageChoice::Auto).await);
    let stranger = open().await;
    let [by_first, by_second, by_stranger, elsewhere] = [(); 4].map(|()| Heard::default());
    let _first = first.listen("c", noting(&by_first));
    let _second = second.listen("c", noting(&by_second));
    let _stranger = stranger.listen("c", noting(&by_stranger));
    let _elsewhere = second.listen("other", noting(&elsewhere));
    for message in ["one", "", "drei €"] {
        first.post("c", message);
    }
    second.post("c", "answer");
    until(&first, "all was heard", || by_second.borrow().len() == 3 && by_first.borrow().len() == 1).await;
    assert_eq!(*by_second.borrow(), ["one", "", "drei €"]);
    assert_eq!(*by_first.borrow(), ["answer"]);
    assert!(by_stranger.borrow().is_empty() && elsewhere.borrow().is_empty());
}

#[test]
async fn what_is_no_text_is_not_heard() {
    let namespace = fresh_namespace();
    let browser = open_in(&namespace, StorageChoice::Auto).await;
    let heard = Heard::default();
    let _listening = browser.listen("c", noting(&heard));
    js(&format!(
        "{{
            const channel = new BroadcastChannel('roo-cloud-web/{namespace}:c')
            for (const message of [7, null, undefined, {{ text: 1 }}, ['a'], new Uint8Array(3), 'text']) channel.postMessage(message)
        }}"
    ));
    until(&browser, "the text was heard", || !heard.borrow().is_empty()).await;
    assert_eq!(*heard.borrow(), ["text"]);
}

#[test]
async fn a_dropped_listener_hears_no_more_even_from_within() {
    let namespace = fresh_namespace();
    let (first, second) =
        (open_in(&namespace, StorageChoice::Auto).await, open_in(&namespace, StorageChoice::Auto).await);
    let [dropped, dropping, staying] = [(); 3].map(|()| Heard::default());
    drop(second.listen("c", noting(&dropped)));
    let own = Rc::new(RefCell::new(None));
    let _staying = second.listen("c", noting(&staying));
    let listening = {
        let (own, note) = (own.clone(), noting(&dropping));
        second.listen(
            "c",
            Box::new(move |message| {
                note(message);
                drop(own.take());
            }),
        )
    };
    own.replace(Some(listening));
    first.post("c", "one");
    first.post("c", "two");
    until(&first, "both were heard", || staying.borrow().len() == 2).await;
    first.sleep(1).await;
    assert_eq!(*dropping.borrow(), ["one"]);
    assert!(dropped.borrow().is_empty());
}

#[test]
async fn a_client_that_is_gone_is_silent() {
    let namespace = fresh_namespace();
    let (first, second) =
        (open_in(&namespace, StorageChoice::Auto).await, open_in(&namespace, StorageChoice::Auto).await);
    let (gone, staying) = (Heard::default(), Heard::default());
    let _gone = second.listen("c", noting(&gone));
    drop(second);
    let third = open_in(&namespace, StorageChoice::Auto).await;
    let _staying = third.listen("c", noting(&staying));
    first.post("c", "one");
    until(&first, "it was heard", || !staying.borrow().is_empty()).await;
    assert!(gone.borrow().is_empty());
}
