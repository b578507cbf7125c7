//! The cloud in memory: an authorization server that rotates refresh tokens, detects their reuse and grants no grace, and the
//! API, as the wire contract says. It counts what a scenario wants to know.
//!
//! ```ignore
//! let world = World::new(seed);
//! let cloud = Cloud::open(&world);
//! let tab = world.open_tab();
//! // … the client in the tab begins a sign-in and navigates; then the person signs in there:
//! let callback = cloud.sign_in(&tab.navigations()[0], "user_ada").expect("signed in");
//! // … the client in a tab at `callback` completes it.
//! cloud.change(|cloud| cloud.token_lifetime_ms = 60_000);
//! assert_eq!(cloud.look(|cloud| cloud.reuses.len()), 0);
//! ```

mod api;
mod authorization;
mod directory;
mod dpop;
mod events;
#[cfg(test)]
mod tests;
mod ticket;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Reply, World};

pub use authorization::{AccessToken, Grant, Refresh, RefreshToken, Reuse};
pub use directory::Directory;
pub use dpop::Dpop;
pub use events::Event;
pub use ticket::{AUTH_REDIRECT, CLERK, Tickets};

/// The issuer of tokens.
pub const ISSUER: &str = "https://id.cloud.example";
/// Where tokens are asked for; for counting and faults.
pub const TOKEN_ENDPOINT: &str = "https://id.cloud.example/oauth/token";
/// The API.
pub const API: &str = "https://cloud.example";
/// The one client that is known.
pub const CLIENT_ID: &str = "roo-cloud-web";
/// Where it may be sent back to.
pub const REDIRECT_URI: &str = "https://app.example/callback";

/// What the cloud knows and has seen. Scenarios read and change it as they like.
pub struct State {
    pub token_lifetime_ms: u64,
    /// Whether `POST /api/events/batch` exists.
    pub has_batch_route: bool,
    /// Larger bodies are answered 413, in bytes.
    pub most_body_bytes: usize,
    /// A batch with an event of this type in it is answered 400 as a whole.
    pub poisonous_type: Option<String>,
    pub directory: Directory,
    pub tickets: Tickets,
    pub dpop: Dpop,
    pub grants: Vec<Grant>,
    pub refresh_tokens: BTreeMap<String, RefreshToken>,
    pub access_tokens: BTreeMap<String, AccessToken>,
    /// Every refresh that succeeded, in order.
    pub refreshes: Vec<Refresh>,
    /// Every time a refresh token came a second time, which killed its grant.
    pub reuses: Vec<Reuse>,
    /// Sign-ins completed by a code.
    pub codes_spent: u64,
    pub revocations: u64,
    /// Which living grants they ended, and when.
    pub revoked: Vec<(usize, u64)>,
    /// By id; each was stored once.
    pub events: BTreeMap<String, Event>,
    /// Events on the batch route that were there already.
    pub repeated_events: u64,
    /// Messages of the tasks that were uploaded, by task id.
    pub tasks: BTreeMap<String, String>,
    /// Share ids by task and visibility.
    pub shares: BTreeMap<(String, String), String>,
    codes: BTreeMap<String, authorization::Code>,
    next_number: u64,
}

impl State {
    /// A number that was never given out; it keeps tokens apart and runs reproducible.
    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }
}

/// The cloud of a world; clones are the same cloud.
#[derive(Clone)]
pub struct Cloud(Rc<RefCell<State>>);

impl Cloud {
    /// Puts the cloud on the network of `world`.
    pub fn open(world: &World) -> Self {
        let cloud = Self(Rc::new(RefCell::new(State {
            token_lifetime_ms: 600_000,
            has_batch_route: true,
            most_body_bytes: 1_000_000,
            poisonous_type: None,
            directory: Directory::seeded(),
            tickets: Tickets::default(),
            dpop: Dpop::default(),
            grants: Vec::new(),
            refresh_tokens: BTreeMap::new(),
            access_tokens: BTreeMap::new(),
            refreshes: Vec::new(),
            reuses: Vec::new(),
            codes_spent: 0,
            revocations: 0,
            revoked: Vec::new(),
            events: BTreeMap::new(),
            repeated_events: 0,
            tasks: BTreeMap::new(),
            shares: BTreeMap::new(),
            codes: BTreeMap::new(),
            next_number: 0,
        })));
        let serve = |answer: fn(&mut State, &Request, &Ctx) -> Reply| {
            let cloud = cloud.clone();
            move |request: &Request, ctx: &mut Ctx| cloud.change(|state| answer(state, request, ctx))
        };
        world.network().handle(ISSUER, serve(authorization::answer));
        world.network().handle(API, serve(api::answer));
        world.network().handle(CLERK, serve(ticket::answer));
        cloud
    }

    /// Reads what it knows.
    pub fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.0.borrow())
    }

    /// Changes what it knows.
    pub fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.0.borrow_mut())
    }

    /// What the authorization server does with `request`, for scenarios that put a handler of their own before it.
    pub fn authorization(&self, request: &Request, ctx: &Ctx) -> Reply {
        self.change(|state| authorization::answer(state, request, ctx))
    }

    /// What the browser of the person `id` does with an authorization request: signs in, and gives the callback's url. `Err`:
    /// the page that says why not.
    pub fn sign_in(&self, authorization_url: &str, id: &str) -> Result<String, String> {
        self.change(|state| authorization::authorize(state, authorization_url, id))
    }
}

/// The path of `url`, which lies on `origin`.
fn path_of(url: &str, origin: &str) -> String {
    let path = url.strip_prefix(origin).unwrap_or_default();
    path.split('?').next().unwrap_or_default().to_owned()
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

/// Query or form.
type Form = BTreeMap<String, String>;

fn form(text: &[u8]) -> Form {
    form_urlencoded::parse(text).into_owned().collect()
}
