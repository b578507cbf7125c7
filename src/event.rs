//! Everything the client tells the outside.

use std::cell::RefCell;
use std::rc::Rc;

use crate::error::{CloudError, Code};
use crate::json::{Json, Writer};

/// Where the sign-in stands (CONTRACT, auth states).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthState {
    /// Storage has not been looked at yet.
    Initializing,
    /// Nobody is signed in.
    LoggedOut,
    /// Somebody is, and the first session token is being fetched.
    AttemptingSession,
    /// Signed in, with a session token.
    ActiveSession,
    /// Signed in, without a session token for now.
    InactiveSession,
}

impl AuthState {
    /// The name JavaScript sees.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initializing => "initializing",
            Self::LoggedOut => "logged-out",
            Self::AttemptingSession => "attempting-session",
            Self::ActiveSession => "active-session",
            Self::InactiveSession => "inactive-session",
        }
    }
}

/// Who is signed in, and for which organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserInfo {
    /// The person's id at the cloud.
    pub id: Option<String>,
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// The url of their picture.
    pub picture: Option<String>,
    /// The organization they act for; none: their personal account.
    pub organization_id: Option<String>,
    /// Its name.
    pub organization_name: Option<String>,
    /// Their role in it.
    pub organization_role: Option<String>,
    /// The url of its picture.
    pub organization_image_url: Option<String>,
}

impl UserInfo {
    /// The members of `CloudUserInfo`, in the order of [`UserInfo::fields`].
    const MEMBERS: [&str; 8] = [
        "id",
        "name",
        "email",
        "picture",
        "organizationId",
        "organizationName",
        "organizationRole",
        "organizationImageUrl",
    ];

    /// The account they act as, once it is known who they are.
    pub fn account(&self) -> Option<Account> {
        Some(Account { user_id: self.id.clone()?, organization_id: self.organization_id.clone() })
    }

    fn fields(&mut self) -> [&mut Option<String>; 8] {
        [
            &mut self.id,
            &mut self.name,
            &mut self.email,
            &mut self.picture,
            &mut self.organization_id,
            &mut self.organization_name,
            &mut self.organization_role,
            &mut self.organization_image_url,
        ]
    }

    /// Writes it as `CloudUserInfo`.
    pub fn write(&self, json: &mut Writer) {
        json.begin_object();
        for (name, value) in Self::MEMBERS.iter().zip(self.clone().fields()) {
            if let Some(value) = value {
                json.name(name);
                json.str(value);
            }
        }
        json.end_object();
    }

    /// Reads a `CloudUserInfo`; what is no text is left out.
    pub fn read(json: Json<'_>) -> Self {
        let mut user = Self::default();
        for (name, value) in Self::MEMBERS.iter().zip(user.fields()) {
            *value = json.get(name).and_then(Json::as_str).map(std::borrow::Cow::into_owned);
        }
        user
    }
}

/// A person in one of their roles. What belongs to one account never shows in another, and is never sent as another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The person.
    pub user_id: String,
    /// The organization; none: their personal account.
    pub organization_id: Option<String>,
}

impl Account {
    /// Where in storage its things lie: `<user>/<organization>`, neither of which can hold a slash.
    pub fn path(&self) -> String {
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let mut path = encode(&self.user_id);
        path.push('/');
        path.push_str(&self.organization_id.as_deref().map_or_else(String::new, encode));
        path
    }
}

/// A fact that the outside may want to know. Committed before it is told. Payloads that belong to one feature come as the JSON
/// text that JavaScript will see.
#[derive(Clone, Debug)]
pub enum CloudEvent {
    /// The sign-in state changed.
    AuthStateChanged {
        /// Now.
        state: AuthState,
        /// Before.
        previous: AuthState,
        /// What caused it, where it was a failure.
        cause: Option<Code>,
    },
    /// Who is signed in changed.
    UserInfo(Option<UserInfo>),
    /// Settings changed.
    SettingsUpdated {
        /// Organization settings did.
        organization: bool,
        /// User settings did.
        user: bool,
        /// Entries that were left out, in words.
        warnings: Vec<String>,
    },
    /// Profiles changed: a `ProfileSyncResult`.
    ProfilesChanged(Rc<[u8]>),
    /// Another profile is the active one.
    ProfileActivated {
        /// Its name.
        name: String,
        /// Its id, if it has one.
        id: Option<String>,
    },
    /// A task was shared: a `ShareResult`.
    TaskShared(Rc<[u8]>),
    /// A task event was taken in: `{id, name, category, taskId?}`.
    TaskEvent(Rc<[u8]>),
    /// The queue changed: `QueueStats`.
    QueueChanged(Rc<[u8]>),
    /// The browser believes something else about the network.
    ConnectionChanged {
        /// There is one.
        online: bool,
    },
    /// Something failed that nobody was waiting for.
    BackgroundError(CloudError),
}

impl CloudEvent {
    /// The name JavaScript sees.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::AuthStateChanged { .. } => "auth-state-changed",
            Self::UserInfo(_) => "user-info",
            Self::SettingsUpdated { .. } => "settings-updated",
            Self::ProfilesChanged(_) => "profiles-changed",
            Self::ProfileActivated { .. } => "profile-activated",
            Self::TaskShared(_) => "task-shared",
            Self::TaskEvent(_) => "task-event",
            Self::QueueChanged(_) => "queue-changed",
            Self::ConnectionChanged { .. } => "connection-changed",
            Self::BackgroundError(_) => "background-error",
        }
    }
}

/// Where features tell their facts. One listener: the service, which passes them on.
#[derive(Default)]
pub struct Events {
    listener: RefCell<Option<Rc<dyn Fn(CloudEvent)>>>,
}

impl Events {
    /// From now on `listener` hears everything; `None`: nobody does.
    pub fn set_listener(&self, listener: Option<Rc<dyn Fn(CloudEvent)>>) {
        *self.listener.borrow_mut() = listener;
    }

    /// Tells `event`. Commit first: the listener may call back.
    pub fn emit(&self, event: CloudEvent) {
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(event);
        }
    }
}
