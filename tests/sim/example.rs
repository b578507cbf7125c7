//! The worked example of ARCHITECTURE.md, "Adding a service of one's own": compiled and run here, quoted there.

use std::cell::Cell;
use std::rc::Rc;

use roo_cloud_web::api::{Authorization, CloudApi, TokenSource};
use roo_cloud_web::error::{CloudError, Code, Result};
use roo_cloud_web::event::{CloudEvent, Events};
use roo_cloud_web::platform::sim::{Fault, Tab, World};
use roo_cloud_web::secret::Secret;

use crate::cloud::{API, AccessToken, Cloud, Grant};
use live_channel::LiveChannel;

// example: begin
mod live_channel {
    //! Where the live channel is: `GET /api/extension/bridge/config`.

    use std::cell::RefCell;
    use std::rc::Rc;

    use roo_cloud_web::api::{Call, CloudApi, TokenSource};
    use roo_cloud_web::error::{CloudError, Code, Result};
    use roo_cloud_web::event::{CloudEvent, Events};
    use roo_cloud_web::json::Json;
    use roo_cloud_web::platform::Platform;
    use roo_cloud_web::secret::Secret;

    /// Where to connect, and with what.
    #[derive(Clone, Debug)]
    pub struct Channel {
        /// A `wss:` url.
        pub url: String,
        /// Opens the channel; `Debug` does not show it.
        pub token: Secret,
    }

    /// Keeps the last good configuration of the live channel.
    pub struct LiveChannel<P, T> {
        api: Rc<CloudApi<P, T>>,
        events: Rc<Events>,
        held: RefCell<Option<Channel>>,
    }

    impl<P: Platform, T: TokenSource> LiveChannel<P, T> {
        /// One that asks over `api` and tells `events`.
        pub fn new(api: Rc<CloudApi<P, T>>, events: Rc<Events>) -> Self {
            Self { api, events, held: RefCell::default() }
        }

        /// The last good configuration.
        pub fn held(&self) -> Option<Channel> {
            self.held.borrow().clone()
        }

        /// Asks the cloud. Fails with INVALID_RESPONSE, and as requests fail; what is held stays.
        pub async fn refresh(&self) -> Result<Channel> {
            let answer = self.api.call(Call::get("/api/extension/bridge/config")).await?;
            let channel = process_config(answer.json()?.root())?;
            *self.held.borrow_mut() = Some(channel.clone());
            Ok(channel)
        }

        /// The same, where nobody waits for it: a failure is told.
        pub async fn refresh_in_background(&self) {
            if let Err(error) = self.refresh().await {
                self.events.emit(CloudEvent::BackgroundError(error));
            }
        }
    }

    /// `{userId, socketBridgeUrl, token}`. A token never goes to a channel that anybody on the way can read.
    fn process_config(config: Json<'_>) -> Result<Channel> {
        let text = |name| config.get(name).and_then(Json::as_str);
        match (text("socketBridgeUrl"), text("token")) {
            (Some(url), Some(token)) if url.starts_with("wss://") => {
                Ok(Channel { url: url.into_owned(), token: Secret::new(token) })
            }
            _ => {
                Err(CloudError::new(Code::InvalidResponse, "the live channel's configuration is outside its contract"))
            }
        }
    }
}
// example: end

/// Lends a token that the cloud knows.
struct Lent;

impl TokenSource for Lent {
    async fn authorize(&self, _method: &str, _url: &str) -> Result<Authorization> {
        Ok(Authorization { headers: vec![("Authorization", "Bearer lent".to_owned())], token: Secret::new("lent") })
    }

    async fn rejected(&self, _sent: &Secret) -> Result<()> {
        Err(CloudError::new(Code::TokenExpired, "it was lent once"))
    }
}

fn signed_in(cloud: &Cloud) {
    cloud.change(|cloud| {
        cloud.grants.push(Grant { person: "user_ada".to_owned(), organization: None, alive: true });
        let token = AccessToken { grant: cloud.grants.len() - 1, organization: None, until_ms: u64::MAX };
        cloud.access_tokens.insert("lent".to_owned(), token);
    });
}

fn live_channel(tab: &Tab, events: &Rc<Events>) -> LiveChannel<Tab, Lent> {
    let api = CloudApi::new(Rc::new(tab.clone()), API.to_owned(), Rc::new(Lent));
    LiveChannel::new(Rc::new(api), events.clone())
}

#[test]
fn holds_what_the_cloud_says() {
    let world = World::new(1);
    let cloud = Cloud::open(&world);
    signed_in(&cloud);
    let channel = live_channel(&world.open_tab(), &Rc::default());
    world.run(async {
        assert_eq!(channel.refresh().await.expect("a configuration").url, "wss://bridge.cloud.example");
    });
    let held = channel.held().expect("held");
    assert_eq!(held.token.expose(), "bridge");
    assert!(!format!("{held:?}").contains("\"bridge\""));
}

#[test]
fn tells_a_failure_and_holds_what_it_had() {
    let world = World::new(2);
    let cloud = Cloud::open(&world);
    signed_in(&cloud);
    let (events, told) = (Rc::new(Events::default()), Rc::new(Cell::new(None)));
    let last = told.clone();
    events.set_listener(Some(Rc::new(move |event| {
        if let CloudEvent::BackgroundError(error) = event {
            last.set(Some(error.code));
        }
    })));
    let channel = live_channel(&world.open_tab(), &events);
    world.run(async {
        channel.refresh_in_background().await;
        assert_eq!(told.take(), None);
        world.network().fail_next(API, Fault::Malformed);
        channel.refresh_in_background().await;
        assert_eq!(told.take(), Some(Code::InvalidResponse));
    });
    assert!(channel.held().is_some());
}

#[test]
fn is_what_the_document_shows() {
    let code = between(include_str!("example.rs"), "// example: begin\n", "// example: end\n");
    let shown = between(include_str!("../../ARCHITECTURE.md"), "```rust\n", "```\n");
    assert_eq!(shown, code, "copy the one into the other");
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).expect("where it begins");
    rest.split_once(end).expect("where it ends").0
}
