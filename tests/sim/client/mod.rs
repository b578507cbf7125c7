//! Whole clients in simulated tabs, against the cloud in memory.

mod backfill;
mod callback_cases;
mod capture;
mod codes;
mod custom;
mod day;
mod dpop;
mod durable;
mod events;
mod host;
mod leaving;
mod life;
mod no_event_lost;
mod opting_out;
mod profiles;
mod security;
mod session_cases;
mod settings;
mod sign_in;
mod sign_out;
mod storage_cases;
mod sync;
mod tabs;
mod ticket;
mod token_cases;
mod wishes;

use std::cell::{OnceCell, RefCell};
use std::rc::{Rc, Weak};

use roo_cloud_web::auth::oauth::OAuthConfig;
use roo_cloud_web::auth::oauth::authorize::SignInOptions;
use roo_cloud_web::auth::oauth::sign_in::Mode;
use roo_cloud_web::error::{Code, Result};
use roo_cloud_web::event::{AuthState, CloudEvent, UserInfo};
use roo_cloud_web::platform::sim::{Tab, TabOptions, Task, World};
use roo_cloud_web::service::{AuthConfig, CloudService, Config};
use roo_cloud_web::telemetry::client::TelemetryConfig;
use serde_json::{Value, json};

use crate::cloud::{API, CLIENT_ID, Cloud, ISSUER, REDIRECT_URI};

const SETTINGS: &str = "https://cloud.example/api/extension-settings";
const MINUTE_MS: u64 = 60_000;

fn config() -> Config {
    let properties = json!({
        "appName": "app", "appVersion": "1.0.0", "vscodeVersion": "1.100.0", "platform": "web",
        "editorName": "browser", "language": "en", "mode": "code",
    });
    Config {
        api_url: API.to_owned(),
        auth: AuthConfig::OAuth {
            oauth: OAuthConfig {
                issuer: ISSUER.to_owned(),
                client_id: CLIENT_ID.to_owned(),
                redirect_uri: REDIRECT_URI.to_owned(),
                scopes: ["openid", "profile", "email", "offline_access"].map(str::to_owned).to_vec(),
                dpop: false,
            },
            mode: Mode::Redirect,
            act_for: None,
        },
        settings_interval_ms: 5 * MINUTE_MS,
        static_settings: None,
        sync_profiles: true,
        resolver: None,
        telemetry: TelemetryConfig {
            properties: Some(Rc::new(move || Some(properties.to_string().into_bytes()))),
            ..TelemetryConfig::default()
        },
    }
}

/// A client in its tab, and what it told the outside.
#[derive(Clone)]
struct Client {
    tab: Tab,
    service: Rc<CloudService<Tab>>,
    heard: Rc<RefCell<Vec<CloudEvent>>>,
    watch: Rc<RefCell<Watch>>,
}

/// Looks at a client while it tells something.
type Watch = Option<Rc<dyn Fn(&Client)>>;

impl Client {
    /// Has `look` look at it now, and from now on whenever it tells something: what a listener could see then.
    fn watch(&self, look: impl Fn(&Self) + 'static) {
        look(self);
        *self.watch.borrow_mut() = Some(Rc::new(look));
    }

    /// Who is signed in, by their id.
    fn user_id(&self) -> Option<String> {
        self.service.auth().user()?.id
    }

    fn save(&self, name: &str, settings: &str) -> Task<Result<()>> {
        let (name, settings) = (name.to_owned(), settings.to_owned());
        self.start(|service| async move { service.profiles().save(&name, settings.as_bytes()).await })
    }

    fn state(&self) -> AuthState {
        self.service.auth().state()
    }

    /// Begins `work` with the client as part of its tab.
    fn start<T: 'static, F: Future<Output = T> + 'static>(
        &self,
        work: impl FnOnce(Rc<CloudService<Tab>>) -> F,
    ) -> Task<T> {
        self.tab.start(work(self.service.clone()))
    }

    /// The organization settings in hand.
    fn organization(&self) -> Option<Value> {
        self.service
            .settings()
            .with(|held| held.map(|held| serde_json::from_slice(&held.organization.bytes()).expect("JSON")))
    }

    /// `maxWorkspaceFiles`, which the scenarios change to see who has which settings.
    fn max_files(&self) -> Option<u64> {
        self.organization()?["defaultSettings"]["maxWorkspaceFiles"].as_u64()
    }

    /// The stored profiles, by name.
    fn profiles(&self) -> Value {
        let document: Value = serde_json::from_slice(&self.service.profiles().document()).expect("JSON");
        document["apiConfigs"].clone()
    }

    fn stats(&self) -> Value {
        serde_json::from_slice(&self.service.telemetry().stats()).expect("JSON")
    }

    /// How often an event of that name was told.
    fn told(&self, name: &str) -> usize {
        self.heard.borrow().iter().filter(|event| event.name() == name).count()
    }

    /// The codes of the failures that nobody waited for.
    fn background_errors(&self) -> Vec<Code> {
        let failed = |event: &CloudEvent| match event {
            CloudEvent::BackgroundError(error) => Some(error.code),
            _ => None,
        };
        self.heard.borrow().iter().filter_map(failed).collect()
    }
}

/// What a page waits for before it has its client.
async fn create(tab: Tab, config: Config, outside: Rc<dyn Fn(&CloudEvent)>) -> Result<Rc<CloudService<Tab>>> {
    let service = CloudService::new(Rc::new(tab), config, outside)?;
    service.open().await;
    Ok(service)
}

/// A world with the cloud in it.
struct Scene {
    world: World,
    cloud: Cloud,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        let cloud = Cloud::open(&world);
        Self { world, cloud }
    }

    fn try_create(&self, tab: &Tab, config: Config) -> Result<Client> {
        let heard: Rc<RefCell<Vec<CloudEvent>>> = Rc::default();
        let watch: Rc<RefCell<Watch>> = Rc::default();
        let made: Rc<OnceCell<(Tab, Weak<CloudService<Tab>>)>> = Rc::default();
        let (ears, eyes, whole) = (heard.clone(), watch.clone(), made.clone());
        let outside = Rc::new(move |event: &CloudEvent| {
            ears.borrow_mut().push(event.clone());
            let look = eyes.borrow().clone();
            if let (Some(look), Some((tab, service))) = (look, whole.get())
                && let Some(service) = service.upgrade()
            {
                look(&Client { tab: tab.clone(), service, heard: ears.clone(), watch: eyes.clone() });
            }
        });
        let service = self.world.run(tab.start(create(tab.clone(), config, outside)));
        let service = service.expect("the tab lives")?;
        let _ = made.set((tab.clone(), Rc::downgrade(&service)));
        // As a page would: what goes on beside it begins after the first snapshot.
        service.start();
        self.world.run_for(0);
        Ok(Client { tab: tab.clone(), service, heard, watch })
    }

    fn create(&self, tab: &Tab, config: Config) -> Client {
        self.try_create(tab, config).expect("a client")
    }

    /// A client in a new tab.
    fn open(&self) -> Client {
        self.create(&self.world.open_tab(), config())
    }

    /// Runs `work` with `client` to its end.
    fn run<T: 'static, F: Future<Output = T> + 'static>(
        &self,
        client: &Client,
        work: impl FnOnce(Rc<CloudService<Tab>>) -> F,
    ) -> T {
        self.world.run(client.start(work)).expect("the tab lives")
    }

    /// Lets `client` begin a sign-in by redirect; gives the url it went to.
    fn begin_redirect(&self, client: &Client) -> String {
        let before = client.tab.navigations().len();
        drop(client.start(|service| async move { service.login(SignInOptions::default(), None, None).await }));
        self.world.run_for(10_000);
        client.tab.navigations().get(before).expect("the page was left").clone()
    }

    /// Leaves the page of `client` for the cloud, where the person signs in; gives the url of the callback.
    fn leave(&self, client: &Client, person: &str) -> String {
        let url = self.begin_redirect(client);
        client.tab.kill();
        self.cloud.sign_in(&url, person).expect("signed in")
    }

    /// Signs `person` in by redirect, and waits until everything that follows is done.
    fn signed_in_with(&self, config: impl Fn() -> Config, person: &str) -> Client {
        let callback = self.leave(&self.create(&self.world.open_tab(), config()), person);
        let client = self.create(&self.world.open_tab_with(TabOptions::at(&callback)), config());
        self.callback(&client, &callback).expect("signed in");
        self.world.run_for(5_000);
        client
    }

    fn signed_in(&self, person: &str) -> Client {
        self.signed_in_with(config, person)
    }

    /// Signs `person` in in a new tab, over whoever is signed in; gives the tab, which has not heard back from anybody else yet.
    fn sign_in_over(&self, person: &str) -> Client {
        let callback = self.leave(&self.open(), person);
        let client = self.create(&self.world.open_tab_with(TabOptions::at(&callback)), config());
        self.callback(&client, &callback).expect("signed in");
        client
    }

    fn callback(&self, client: &Client, url: &str) -> Result<UserInfo> {
        let url = url.to_owned();
        self.run(client, |service| async move { service.handle_callback(&url).await })
    }

    /// An administrator sets `maxWorkspaceFiles` of `org_meridian`.
    fn set_max_files(&self, files: u64) {
        self.cloud.change(|cloud| {
            cloud.directory.change_settings("org_meridian", |settings| {
                settings["defaultSettings"]["maxWorkspaceFiles"] = files.into();
            });
        });
    }
}

/// The codes `result` failed with.
fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code)
}
