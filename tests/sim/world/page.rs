//! Windows, addresses and the clipboard.

use roo_cloud_web::platform::sim::{PopupMode, TabOptions, World};
use roo_cloud_web::platform::{Clipboard, ClipboardKind, Page, Popup, Timers};

#[test]
fn popups_open_lie_or_are_blocked() {
    let world = World::new(0);
    let tab = world.open_tab();
    let popup = tab.open_popup().expect("opens");
    popup.go("https://id.example/");
    assert!(!popup.closed());
    popup.close();
    assert!(popup.closed() && !tab.popups()[0].is_open());
    assert_eq!(tab.popups()[0].urls(), ["https://id.example/"]);

    tab.change(|options| options.popups = PopupMode::LiesClosed);
    let popup = tab.open_popup().expect("opens");
    assert!(!popup.closed());
    popup.go("https://id.example/");
    assert!(popup.closed() && tab.popups()[1].is_open());

    tab.change(|options| options.popups = PopupMode::Blocked);
    assert!(tab.open_popup().is_none() && tab.can_popup());
    tab.change(|options| options.popups = PopupMode::Missing);
    assert!(tab.open_popup().is_none() && !tab.can_popup());
}

#[test]
fn a_click_is_needed_where_it_is() {
    let world = World::new(0);
    let tab = world.open_tab_with(TabOptions { wants_gesture: true, ..TabOptions::default() });
    assert!(tab.open_popup().is_none());
    assert!(tab.click(|| tab.open_popup()).is_some());
    let late = tab.begin_copy();
    assert!(!world.run(tab.finish_copy(late, "late")));
    let copy = tab.click(|| tab.begin_copy());
    world.run(tab.sleep(60_000));
    assert!(world.run(tab.finish_copy(copy, "in time")), "a promise may take its time");
    assert_eq!(tab.clipboard().as_deref(), Some("in time"));
}

#[test]
fn the_clipboard_has_four_ways() {
    let world = World::new(0);
    let tab = world.open_tab();
    for (kind, soon, later) in [
        (ClipboardKind::Promise, true, true),
        (ClipboardKind::Text, true, false),
        (ClipboardKind::Host, true, true),
        (ClipboardKind::None, false, false),
    ] {
        tab.change(|options| options.clipboard = kind);
        assert_eq!(tab.clipboard_kind(), kind);
        let copy = tab.begin_copy();
        assert_eq!(world.run(tab.finish_copy(copy, "soon")), soon);
        let copy = tab.begin_copy();
        world.run(tab.sleep(6500));
        assert_eq!(world.run(tab.finish_copy(copy, "later")), later);
    }
}

#[test]
fn navigation_is_recorded() {
    let world = World::new(0);
    let tab = world.open_tab_with(TabOptions::at("https://app.example/start?x=1"));
    assert_eq!(tab.address().map(|url| url.query).as_deref(), Some("x=1"));
    assert!(tab.navigate("https://id.example/"));
    tab.change(|options| options.navigates = false);
    assert!(!tab.navigate("https://id.example/again"));
    assert_eq!(tab.navigations(), ["https://id.example/"]);
}
