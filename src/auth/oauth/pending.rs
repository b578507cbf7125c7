//! Sign-ins that were begun and not answered yet. Each is one sealed record; at most [`MAX_PENDING`] of them.

use std::rc::Rc;

use crate::error::Result;
use crate::json::{Document, Json, Limits, Writer};
use crate::platform::vault::Vault;
use crate::platform::{Expect, Platform};
use crate::secret::Secret;
use crate::sort::sort_by;

/// A begun sign-in is good for this long.
pub const MAX_AGE_MS: u64 = 15 * 60_000;
/// What is left of an old one, to tell "too old" from "not ours".
const TOMBSTONE_MS: u64 = 24 * 3_600_000;
/// More are dropped, oldest first: lost verifiers must not fill storage.
pub const MAX_PENDING: usize = 5;
const PREFIX: &str = "pending/";

/// A begun sign-in: what the callback is checked against.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The `state` sent.
    pub state: Secret,
    /// The PKCE verifier; empty in a tombstone.
    pub verifier: Secret,
    /// The `nonce` sent; empty where no ID token was asked for.
    pub nonce: Secret,
    /// The redirect URI sent.
    pub redirect_uri: String,
    /// When, by the wall clock.
    pub begun_at_ms: u64,
    /// Which organization was asked for.
    pub organization_id: Option<String>,
    /// Where the person wants to be afterwards: a path of this origin.
    pub return_to: Option<String>,
    /// It runs in a window of its own, which tells the others and closes.
    pub popup: bool,
    /// Consumed or too old.
    pub dead: bool,
}

impl Pending {
    /// A public name for it: the first 64 of the state's 256 bits.
    pub fn id(&self) -> &str {
        id_of(&self.state)
    }

    /// Whether it can no longer be answered at `now_ms`; a clock set back does not make it younger than it can be.
    pub fn expired(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.begun_at_ms) > MAX_AGE_MS
    }

    fn slot(&self) -> String {
        format!("{PREFIX}{}", self.id())
    }

    fn to_json(&self) -> Vec<u8> {
        let mut json = Writer::new();
        json.begin_object();
        for (name, value) in [("state", &self.state), ("verifier", &self.verifier), ("nonce", &self.nonce)] {
            json.name(name);
            json.str(value.expose());
        }
        json.name("redirectUri");
        json.str(&self.redirect_uri);
        json.name("begunAt");
        json.u64(self.begun_at_ms);
        for (name, value) in [("organizationId", &self.organization_id), ("returnTo", &self.return_to)] {
            if let Some(value) = value {
                json.name(name);
                json.str(value);
            }
        }
        json.name("popup");
        json.bool(self.popup);
        json.name("dead");
        json.bool(self.dead);
        json.end_object();
        json.into_bytes()
    }

    fn from_json(bytes: &[u8]) -> Option<Self> {
        let document = Document::parse(bytes, Limits::default()).ok()?;
        let root = document.root();
        let text = |name| root.get(name).and_then(Json::as_str).map(std::borrow::Cow::into_owned);
        Some(Self {
            state: Secret::new(text("state")?),
            verifier: Secret::new(text("verifier")?),
            nonce: Secret::new(text("nonce")?),
            redirect_uri: text("redirectUri")?,
            begun_at_ms: root.get("begunAt")?.as_u64()?,
            organization_id: text("organizationId"),
            return_to: text("returnTo"),
            popup: root.get("popup")?.as_bool()?,
            dead: root.get("dead")?.as_bool()?,
        })
    }
}

fn id_of(state: &Secret) -> &str {
    state.expose().get(..11).unwrap_or_default()
}

/// The pending sign-ins of one client, in storage.
pub struct PendingStore<P> {
    vault: Rc<Vault<P>>,
}

impl<P: Platform> PendingStore<P> {
    /// Those in `vault`.
    pub fn new(vault: Rc<Vault<P>>) -> Self {
        Self { vault }
    }

    /// All there are, tombstones too, oldest first. What is unreadable is purged, what is older than a day as well.
    pub async fn load(&self, now_ms: u64) -> Result<Vec<Pending>> {
        let mut found = Vec::new();
        let mut gone = Vec::new();
        for slot in self.vault.slots(PREFIX).await? {
            // What does not open, the vault has wiped or set aside.
            let Ok(Some(record)) = self.vault.read(&slot).await else { continue };
            match Pending::from_json(&record.bytes) {
                Some(pending) if now_ms.saturating_sub(pending.begun_at_ms) <= TOMBSTONE_MS => found.push(pending),
                _ => gone.push(slot),
            }
        }
        if !gone.is_empty() {
            let slots: Vec<&str> = gone.iter().map(String::as_str).collect();
            self.vault.delete(&slots).await?;
        }
        sort_by(&mut found, &mut |one: &Pending, other| one.begun_at_ms.cmp(&other.begun_at_ms));
        Ok(found)
    }

    /// Keeps a new one, and drops the oldest where there are too many.
    pub async fn add(&self, pending: &Pending, now_ms: u64) -> Result<()> {
        let alive: Vec<Pending> = self.load(now_ms).await?.into_iter().filter(|p| !p.dead).collect();
        let surplus = (alive.len() + 1).saturating_sub(MAX_PENDING);
        let slots: Vec<String> = alive.iter().take(surplus).map(Pending::slot).collect();
        if !slots.is_empty() {
            self.vault.delete(&slots.iter().map(String::as_str).collect::<Vec<_>>()).await?;
        }
        self.vault.write(&pending.slot(), Expect::Absent, &pending.to_json()).await?;
        Ok(())
    }

    /// Takes the one with `state`, so that nobody can take it again: what stays is a tombstone. `None`: there is none, or
    /// another tab was faster.
    pub async fn take(&self, state: &Secret) -> Result<Option<Pending>> {
        let slot = format!("{PREFIX}{}", id_of(state));
        let Some(record) = self.vault.read(&slot).await? else { return Ok(None) };
        let Some(pending) = Pending::from_json(&record.bytes).filter(|pending| pending.state == *state) else {
            return Ok(None);
        };
        let tombstone = Pending { verifier: Secret::new(""), nonce: Secret::new(""), dead: true, ..pending.clone() };
        self.vault.write(&slot, Expect::Version(record.version), &tombstone.to_json()).await?;
        Ok(Some(pending))
    }
}
