//! What is kept of a sign-in across reloads, sealed, and what is kept of it in memory alone.

use crate::event::UserInfo;
use crate::json::{Document, Json, Limits, Writer};
use crate::platform::{Clock, Platform};
use crate::secret::Secret;

/// A grant: what the authorization server gave this installation. One sealed record, shared by all tabs.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Which sign-in it is; another one has another number.
    pub sign_in: u64,
    /// Counts its refreshes: a tab that sees another number knows that another tab was faster.
    pub generation: u64,
    /// The refresh token. `None`: the server gave none, and the sign-in ends with its session token.
    pub refresh_token: Option<Secret>,
    /// The newest ID token: it tells the server who signs out there.
    pub id_token: Option<Secret>,
    /// The person (`sub`); empty where nobody said it. A refresh that answers for another one ends the session.
    pub subject: String,
    /// Who it is, as far as known, so that a reload shows it before the network does.
    pub user: UserInfo,
    /// When the last refresh was sent, by the wall clock; absent once it was answered.
    pub sent_at_ms: Option<u64>,
    /// Until when the last session token is good, by the wall clock: another tab may have it.
    pub token_until_ms: u64,
}

impl Grant {
    /// Whether `known` is of the same sign-in, for the same organization, and knows that organization's name, which this does not.
    pub fn misses_what_is_known_in(&self, known: &Self) -> bool {
        self.sign_in == known.sign_in
            && self.user.organization_id == known.user.organization_id
            && self.user.organization_name.is_none()
            && known.user.organization_name.is_some()
    }

    /// Its record.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = Writer::new();
        json.begin_object();
        for (name, value) in
            [("signIn", self.sign_in), ("generation", self.generation), ("tokenUntil", self.token_until_ms)]
        {
            json.name(name);
            json.u64(value);
        }
        if let Some(sent_at_ms) = self.sent_at_ms {
            json.name("sentAt");
            json.u64(sent_at_ms);
        }
        for (name, token) in [("refreshToken", &self.refresh_token), ("idToken", &self.id_token)] {
            if let Some(token) = token {
                json.name(name);
                json.str(token.expose());
            }
        }
        json.name("subject");
        json.str(&self.subject);
        json.name("user");
        self.user.write(&mut json);
        json.end_object();
        json.into_bytes()
    }

    /// Reads a record; `None`: it is none of ours.
    pub fn from_json(bytes: &[u8]) -> Option<Self> {
        let document = Document::parse(bytes, Limits::default()).ok()?;
        let root = document.root();
        let token = |name| root.get(name).and_then(Json::as_str).map(Secret::new);
        Some(Self {
            sign_in: root.get("signIn")?.as_u64()?,
            generation: root.get("generation")?.as_u64()?,
            refresh_token: token("refreshToken"),
            id_token: token("idToken"),
            subject: root.get("subject")?.as_str()?.into_owned(),
            user: UserInfo::read(root.get("user")?),
            sent_at_ms: root.get("sentAt").and_then(Json::as_u64),
            token_until_ms: root.get("tokenUntil")?.as_u64()?,
        })
    }
}

/// A session token and how long it is good. In memory only.
#[derive(Clone, Debug)]
pub struct SessionToken {
    /// The token.
    pub value: Secret,
    received_wall_ms: u64,
    received_monotonic_ms: u64,
    /// How long it was good on receipt.
    good_ms: u64,
    lives_ms: u64,
}

impl SessionToken {
    /// Received now, good for `lives_ms` from now on.
    pub fn new<P: Platform>(platform: &P, value: Secret, lives_ms: u64) -> Self {
        Self::handed_over(platform, value, lives_ms, lives_ms)
    }

    /// Received now from another tab, good for `good_ms` more of the `lives_ms` that it lives.
    pub fn handed_over<P: Platform>(platform: &P, value: Secret, good_ms: u64, lives_ms: u64) -> Self {
        let (received_wall_ms, received_monotonic_ms) = (platform.wall_ms(), platform.monotonic_ms());
        Self { value, received_wall_ms, received_monotonic_ms, good_ms, lives_ms: lives_ms.max(good_ms) }
    }

    /// How long it is still good. Elapsed time is the larger of wall and monotonic: the monotonic clock stops in sleep on some
    /// systems, and a wall clock set back is ignored.
    pub fn remaining_ms<P: Clock>(&self, clock: &P) -> u64 {
        let wall_ms = clock.wall_ms().saturating_sub(self.received_wall_ms);
        let monotonic_ms = clock.monotonic_ms().saturating_sub(self.received_monotonic_ms);
        self.good_ms.saturating_sub(wall_ms.max(monotonic_ms))
    }

    /// How long it lives from its beginning; when it is renewed depends on that.
    pub const fn lives_ms(&self) -> u64 {
        self.lives_ms
    }
}
