//! Signing in through an extension on the other side of a webview.

use roo_cloud_web::platform::sim::{StorageMode, TabOptions, seeds};

use super::*;
use crate::cloud::{AUTH_REDIRECT, CLERK};

/// A webview: it can neither leave nor open windows, and an extension is on the other side.
fn webview() -> TabOptions {
    TabOptions { host: true, navigates: false, ..TabOptions::default() }
}

fn by_host() -> SignInOptions {
    SignInOptions { mode: Some(Mode::Host), ..SignInOptions::default() }
}

#[test]
fn the_extension_opens_the_page_and_brings_the_answer() {
    seeds(20, |seed| {
        let scene = Scene::new(seed);
        let client = scene.create(&scene.world.open_tab_with(webview()), config());
        let other = scene.create(&scene.world.open_tab_with(webview()), config());
        let login = client.start(|service| async move { service.login(by_host(), None, None).await });
        scene.world.run_for(10_000);
        let callback = scene.cloud.sign_in(&client.tab.opened()[0], "user_ada").expect("signed in");
        // Extensions tell all their webviews, and twice; what is no answer of ours is nothing to us.
        for tab in [&other, &client, &client] {
            tab.tab.receive("https://app.example/callback?code=x&state=of-somebody-else");
            tab.tab.receive(&callback);
            tab.tab.receive("no url");
        }
        let user = scene.world.run(login).expect("the tab lives").expect("signed in");
        assert_eq!(user.id.as_deref(), Some("user_ada"));
        scene.world.run_for(5_000);
        assert_eq!([client.state(), other.state()], [AuthState::ActiveSession; 2]);
        assert_eq!(scene.cloud.look(|cloud| (cloud.codes_spent, cloud.reuses.len())), (1, 0));
        assert_eq!(client.background_errors(), []);
    });
}

#[test]
fn the_answer_goes_where_the_extension_receives_it() {
    let scene = Scene::new(2);
    let client = scene.create(&scene.world.open_tab_with(webview()), config());
    client.tab.set_callback_uri("vscode://publisher.name/auth?windowId=1");
    let login = client.start(|service| async move { service.login(by_host(), None, None).await });
    scene.world.run_for(1_000);
    let url = client.tab.opened().pop().expect("opened");
    assert!(url.contains("redirect_uri=vscode%3A%2F%2Fpublisher.name%2Fauth%3FwindowId%3D1"), "{url}");
    drop(login);
    client.tab.set_callback_uri("not a url");
    drop(client.start(|service| async move { service.login(by_host(), None, None).await }));
    scene.world.run_for(1_000);
    let url = client.tab.opened().pop().expect("opened");
    assert!(url.contains("redirect_uri=https%3A%2F%2Fapp.example%2Fcallback"), "{url}");
}

#[test]
fn a_reload_of_the_webview_meanwhile_loses_nothing() {
    let scene = Scene::new(3);
    let client = scene.create(&scene.world.open_tab_with(webview()), config());
    drop(client.start(|service| async move { service.login(by_host(), None, None).await }));
    scene.world.run_for(1_000);
    let callback = scene.cloud.sign_in(&client.tab.opened()[0], "user_ada").expect("signed in");
    client.tab.kill();
    let again = scene.create(&scene.world.open_tab_with(webview()), config());
    again.tab.receive(&callback);
    scene.world.run_for(5_000);
    assert_eq!(again.state(), AuthState::ActiveSession);
}

#[test]
fn without_an_extension_or_without_an_answer_it_says_so() {
    let scene = Scene::new(4);
    let client = scene.open();
    let login = scene.run(&client, |service| async move { service.login(by_host(), None, None).await });
    assert_eq!(code(login), Some(Code::HostUnavailable));
    assert_eq!(scene.world.network().count(ISSUER), 0, "nothing was begun");

    let client = scene.create(&scene.world.open_tab_with(webview()), config());
    client.tab.refuse_pages(Code::LoginCancelled);
    let login = scene.run(&client, |service| async move { service.login(by_host(), None, None).await });
    assert_eq!(code(login), Some(Code::LoginCancelled), "as the extension says");

    let client = scene.create(&scene.world.open_tab_with(webview()), config());
    let given_up = client.start(|service| async move { service.login(by_host(), None, None).await });
    scene.world.run_for(1_000);
    let login = client.start(|service| async move { service.login(by_host(), None, None).await });
    scene.world.run_for(1_000);
    assert_eq!(code(scene.world.run(given_up).expect("the tab lives")), Some(Code::LoginCancelled));
    let denied = scene.cloud.sign_in(&client.tab.opened()[1], "user_ada").expect("signed in");
    let (before, rest) = denied.split_once("code=").expect("a code");
    let after = rest.split_once('&').map_or("", |(_, after)| after);
    client.tab.receive(&format!("{before}error=access_denied&{after}"));
    assert_eq!(code(scene.world.run(login).expect("the tab lives")), Some(Code::AccessDenied));

    let never = client.start(|service| async move { service.login(by_host(), None, None).await });
    scene.world.run_for(16 * MINUTE_MS);
    assert_eq!(code(scene.world.run(never).expect("the tab lives")), Some(Code::LoginCancelled));
    assert_eq!(client.state(), AuthState::LoggedOut);
}

#[test]
fn a_ticket_goes_through_the_extension_by_itself() {
    let scene = Scene::new(5);
    let auth = AuthConfig::Ticket { clerk_url: CLERK.to_owned(), auth_redirect: AUTH_REDIRECT.to_owned() };
    let memory = TabOptions { storage: StorageMode::Memory, ..webview() };
    let client = scene.create(&scene.world.open_tab_with(memory), Config { auth, ..config() });
    let login = client.start(|service| async move { service.login(SignInOptions::default(), None, None).await });
    scene.world.run_for(1_000);
    let url = client.tab.opened().pop().expect("opened");
    let callback = scene.cloud.change(|cloud| cloud.ticket_sign_in(&url, "user_ben", Some("org_meridian")));
    client.tab.receive(&callback);
    let user = scene.world.run(login).expect("the tab lives").expect("signed in");
    assert_eq!(user.organization_name.as_deref(), Some("Meridian"));
    assert_eq!(client.state(), AuthState::ActiveSession);
}

#[test]
fn a_client_that_was_disposed_of_hears_no_extension() {
    let scene = Scene::new(6);
    let client = scene.create(&scene.world.open_tab_with(webview()), config());
    drop(client.start(|service| async move { service.login(by_host(), None, None).await }));
    scene.world.run_for(1_000);
    let callback = scene.cloud.sign_in(&client.tab.opened()[0], "user_ada").expect("signed in");
    client.service.dispose();
    client.tab.receive(&callback);
    scene.world.run_for(5_000);
    assert_eq!(scene.cloud.look(|cloud| cloud.codes_spent), 0);
}
