//! What the tabs of one sign-in tell each other. Session tokens travel here, from memory to memory, and are never stored.

use crate::error::Code;
use crate::json::{Document, Json, Limits, Writer};
use crate::secret::Secret;

/// A message on the session's channel.
#[derive(Clone, Debug)]
pub enum PeerMessage {
    /// A session token, fresh or asked for.
    Token {
        /// Of which sign-in.
        sign_in: u64,
        /// After which refresh.
        generation: u64,
        /// For which organization; none: the person's own account.
        organization_id: Option<String>,
        /// The token.
        token: Secret,
        /// How long it is still good.
        remaining_ms: u64,
        /// How long it lives from its beginning.
        lives_ms: u64,
    },
    /// Does anybody have the token of this refresh?
    Ask {
        /// Of which sign-in.
        sign_in: u64,
        /// After which refresh, or a later one.
        generation: u64,
        /// Who answers: the tab that got it, and those of so many of the parts that tabs fall into by chance.
        parts: u64,
    },
    /// More is known of the person, or another thing; it was stored.
    UserChanged {
        /// Of which sign-in.
        sign_in: u64,
    },
    /// Somebody signed in; `attempt`: the pending sign-in that it answers.
    SignedIn {
        /// [`super::oauth::pending::Pending::id`]
        attempt: String,
    },
    /// A sign-in in another window failed.
    SignInFailed {
        /// [`super::oauth::pending::Pending::id`]
        attempt: String,
        /// Why.
        code: Code,
    },
    /// Somebody signed out here, or a sign-in has ended.
    SignedOut {
        /// Which; 0: whichever.
        sign_in: u64,
    },
}

impl PeerMessage {
    /// As it goes over the channel.
    pub fn to_json(&self) -> String {
        let mut json = Writer::new();
        json.begin_object();
        let kind = match self {
            Self::Token { .. } => "token",
            Self::Ask { .. } => "ask",
            Self::UserChanged { .. } => "user-changed",
            Self::SignedIn { .. } => "signed-in",
            Self::SignInFailed { .. } => "sign-in-failed",
            Self::SignedOut { .. } => "signed-out",
        };
        json.name("type");
        json.str(kind);
        if let Self::Token { sign_in, .. }
        | Self::Ask { sign_in, .. }
        | Self::UserChanged { sign_in }
        | Self::SignedOut { sign_in } = self
        {
            json.name("signIn");
            json.u64(*sign_in);
        }
        if let Self::Token { generation, .. } | Self::Ask { generation, .. } = self {
            json.name("generation");
            json.u64(*generation);
        }
        if let Self::Ask { parts, .. } = self {
            json.name("parts");
            json.u64(*parts);
        }
        if let Self::Token { token, remaining_ms, lives_ms, organization_id, .. } = self {
            if let Some(id) = organization_id {
                json.name("organizationId");
                json.str(id);
            }
            json.name("token");
            json.str(token.expose());
            json.name("remaining");
            json.u64(*remaining_ms);
            json.name("lives");
            json.u64(*lives_ms);
        }
        if let Self::SignedIn { attempt } | Self::SignInFailed { attempt, .. } = self {
            json.name("attempt");
            json.str(attempt);
        }
        if let Self::SignInFailed { code, .. } = self {
            json.name("code");
            json.str(code.as_str());
        }
        json.end_object();
        String::from_utf8(json.into_bytes()).unwrap_or_default()
    }

    /// Reads a message; `None`: it is none of ours, and is ignored.
    pub fn from_json(text: &str) -> Option<Self> {
        let document = Document::parse(text.as_bytes(), Limits { max_bytes: 65_536, max_depth: 4 }).ok()?;
        let root = document.root();
        let number = |name| root.get(name).and_then(Json::as_u64);
        let text = |name| root.get(name).and_then(Json::as_str);
        Some(match &*text("type")? {
            "token" => Self::Token {
                sign_in: number("signIn")?,
                generation: number("generation")?,
                organization_id: text("organizationId").map(std::borrow::Cow::into_owned),
                token: Secret::new(text("token")?),
                remaining_ms: number("remaining")?,
                lives_ms: number("lives")?,
            },
            "ask" => Self::Ask {
                sign_in: number("signIn")?,
                generation: number("generation")?,
                parts: number("parts").unwrap_or(u64::MAX),
            },
            "user-changed" => Self::UserChanged { sign_in: number("signIn")? },
            "signed-in" => Self::SignedIn { attempt: text("attempt")?.into_owned() },
            "sign-in-failed" => {
                Self::SignInFailed { attempt: text("attempt")?.into_owned(), code: Code::from_name(&text("code")?)? }
            }
            "signed-out" => Self::SignedOut { sign_in: number("signIn").unwrap_or_default() },
            _ => return None,
        })
    }
}
