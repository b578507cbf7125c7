//! Every failure that leaves this crate: one type, stable codes.

use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

/// What kind of failure it is; JavaScript sees it as `category`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// Who the person is, and whether the cloud believes it.
    Auth,
    /// Talking to the cloud.
    Api,
    /// Two versions of the same data.
    Sync,
    /// What this page, browser or editor cannot do.
    Platform,
    /// The caller's mistake, or (INTERNAL) ours.
    Usage,
}

impl Category {
    /// The name JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::Api => "api",
            Self::Sync => "sync",
            Self::Platform => "platform",
            Self::Usage => "usage",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $category:ident, $retryable:literal;)*) => {
        /// The stable code of a failure, as JavaScript sees it in `code`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// All codes, for tests that want each one produced.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            /// The name JavaScript sees.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $name,)* } }
            /// The code of that name.
            pub fn from_name(name: &str) -> Option<Self> { Self::ALL.iter().copied().find(|c| c.as_str() == name) }
            /// The category of failures of this code.
            pub const fn category(self) -> Category { match self { $(Self::$variant => Category::$category,)* } }
            /// Whether the same call may succeed later without anybody changing anything.
            pub const fn retryable(self) -> bool { match self { $(Self::$variant => $retryable,)* } }
        }
    };
}

codes! {
    /// The grant is dead: sign in again.
    TokenExpired = "TOKEN_EXPIRED", Auth, false;
    /// The server refused who we are.
    InvalidCredentials = "INVALID_CREDENTIALS", Auth, false;
    /// Nobody is signed in.
    NotAuthenticated = "NOT_AUTHENTICATED", Auth, false;
    /// The callback url is no answer to a sign-in of ours.
    CallbackInvalid = "CALLBACK_INVALID", Auth, false;
    /// The callback's `state` belongs to no pending sign-in.
    StateMismatch = "STATE_MISMATCH", Auth, false;
    /// The sign-in was begun too long ago.
    StateExpired = "STATE_EXPIRED", Auth, false;
    /// The person, or the server's policy, said no.
    AccessDenied = "ACCESS_DENIED", Auth, false;
    /// The browser opened no popup.
    PopupBlocked = "POPUP_BLOCKED", Auth, false;
    /// The sign-in was given up.
    LoginCancelled = "LOGIN_CANCELLED", Auth, false;
    /// This way of signing in has no such thing.
    UnsupportedByAuth = "UNSUPPORTED_BY_AUTH", Auth, false;
    /// No answer came: offline, refused, blocked by CORS, cut.
    Network = "NETWORK", Api, true;
    /// The answer did not come in time.
    Timeout = "TIMEOUT", Api, true;
    /// The caller's signal ended it.
    Aborted = "ABORTED", Api, false;
    /// 429.
    RateLimited = "RATE_LIMITED", Api, true;
    /// 5xx.
    Server = "SERVER", Api, true;
    /// 403.
    Forbidden = "FORBIDDEN", Api, false;
    /// 404.
    NotFound = "NOT_FOUND", Api, false;
    /// 404 on sharing, after the backfill too.
    TaskNotFound = "TASK_NOT_FOUND", Api, false;
    /// An answer outside the contract.
    InvalidResponse = "INVALID_RESPONSE", Api, false;
    /// Someone else wrote first, twice.
    Conflict = "CONFLICT", Sync, true;
    /// Stored and unreadable.
    CorruptData = "CORRUPT_DATA", Sync, false;
    /// Stored by a newer version of this client.
    VersionMismatch = "VERSION_MISMATCH", Sync, false;
    /// There is no storage here.
    StorageUnavailable = "STORAGE_UNAVAILABLE", Platform, false;
    /// Storage is full.
    StorageFull = "STORAGE_FULL", Platform, true;
    /// There is no WebCrypto here.
    CryptoUnavailable = "CRYPTO_UNAVAILABLE", Platform, false;
    /// The clipboard refused.
    ClipboardDenied = "CLIPBOARD_DENIED", Platform, false;
    /// The extension on the other side does not answer.
    HostUnavailable = "HOST_UNAVAILABLE", Platform, true;
    /// The module could not be loaded.
    LoadFailed = "LOAD_FAILED", Platform, true;
    /// An option is wrong; the message names it.
    Config = "CONFIG", Usage, false;
    /// `createInstance` was not called.
    NotInitialized = "NOT_INITIALIZED", Usage, false;
    /// `createInstance` was called before.
    AlreadyCreated = "ALREADY_CREATED", Usage, false;
    /// The instance was disposed of.
    Disposed = "DISPOSED", Usage, false;
    /// The event does not fit its schema; the message names the path of the fault.
    InvalidEvent = "INVALID_EVENT", Usage, false;
    /// An argument is wrong; the message names it.
    InvalidArgument = "INVALID_ARGUMENT", Usage, false;
    /// A fault of this client.
    Internal = "INTERNAL", Usage, false;
}

/// A failure. One pointer wide, since every result in the module carries room for it; its parts are read as `error.code`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.0.message)]
pub struct CloudError(Box<Failure>);

/// What there is to say of a failure: its code, words for a person (never a secret, never a body), and what HTTP said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The stable code.
    pub code: Code,
    /// What happened and what to do, for a person.
    pub message: Cow<'static, str>,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// How long the server asked us to wait, in milliseconds.
    pub retry_after_ms: Option<u64>,
}

impl CloudError {
    /// A failure of `code`, told in `message`.
    pub fn new(code: Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self::told(code, message.into())
    }

    #[inline(never)]
    fn told(code: Code, message: Cow<'static, str>) -> Self {
        Self(Box::new(Failure { code, message, status: None, retry_after_ms: None }))
    }

    /// The same failure, with the HTTP status it came with.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Whether the same call may succeed later.
    pub fn retryable(&self) -> bool {
        self.code.retryable()
    }
}

impl Deref for CloudError {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl DerefMut for CloudError {
    fn deref_mut(&mut self) -> &mut Failure {
        &mut self.0
    }
}

/// What fallible functions of this crate return.
pub type Result<T> = std::result::Result<T, CloudError>;
