//! Changes of the user's own settings. Those that are asked for while one is made are made together; one that finds no way to the
//! cloud is kept, sealed, and made when there is one.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::cache::{Held, slot};
use super::permissions::UserSettingsConfig;
use super::service::{SettingsService, UserSettingsPatch};
use super::validation::{parse_user_settings, read};
use crate::api::{Call, TokenSource};
use crate::error::{CloudError, Code, Result};
use crate::event::Account;
use crate::json::Writer;
use crate::platform::flight::Flight;
use crate::platform::vault::Change;
use crate::platform::{Expect, Platform};

const USER_SETTINGS: &str = "/api/user-settings";

/// What a person wants, and the cloud does not know yet.
#[derive(Default)]
pub(super) struct Wishes {
    /// Asked for, and by whom. What nobody waits for any more is gone.
    asked: RefCell<Vec<(Account, Weak<UserSettingsPatch>)>>,
    /// Found no way.
    kept: Cell<UserSettingsPatch>,
    /// What was last seen in storage. Where it is not what is kept, that could not be stored, and this tab alone knows it.
    stored: Cell<UserSettingsPatch>,
    flight: Flight<Result<Rc<[u8]>>>,
    /// Whose request under way is not made yet: it takes what they ask for now along.
    open_for: RefCell<Option<Account>>,
}

impl Wishes {
    /// What is kept is somebody else's from now on.
    pub(super) fn forget(&self) {
        self.kept.take();
        self.stored.take();
    }

    /// What `account` asked for and still waits for, the last over the first.
    fn asked_by(&self, account: &Account) -> UserSettingsPatch {
        let mut all = UserSettingsConfig::default();
        self.asked.borrow_mut().retain(|(whose, patch)| {
            let patch = patch.upgrade();
            if let Some(patch) = &patch
                && whose == account
            {
                all = over(**patch, all);
            }
            patch.is_some()
        });
        all
    }
}

impl<P: Platform, T: TokenSource> SettingsService<P, T> {
    /// Changes the user's own settings. When someone else wrote first, theirs are fetched and the change is tried once more on
    /// top; then it fails with CONFLICT. Where there is no way to the cloud it fails as requests fail, but the change is kept, and
    /// made when there is one.
    pub async fn update_user(&self, patch: UserSettingsPatch) -> Result<Rc<[u8]>> {
        if self.is_static() {
            return Err(CloudError::new(Code::UnsupportedByAuth, "static settings cannot be changed"));
        }
        let account = self.signed_in()?;
        // Dropped with the call: what is given up before it is sent is not made.
        let patch = Rc::new(patch);
        self.wishes.asked.borrow_mut().push((account.clone(), Rc::downgrade(&patch)));
        self.make_all(account).await
    }

    /// Makes what was kept, if the cloud has something else.
    pub(super) async fn make_kept(&self) -> Result<()> {
        let Some(account) = self.account.borrow().clone() else { return Ok(()) };
        self.read_kept(&account).await?;
        let known = self.held.borrow().as_ref().and_then(|held| held.user_config).unwrap_or_default();
        let kept = self.wishes.kept.get();
        if over(kept, known) != known {
            self.make_all(account).await?;
        } else if kept != UserSettingsConfig::default() {
            self.keep(&account, UserSettingsConfig::default(), self.wishes.stored.get()).await?;
        }
        Ok(())
    }

    /// Makes what `account` asked for and what is kept; fails with ABORTED if somebody else is signed in before it could begin.
    async fn make_all(&self, account: Account) -> Result<Rc<[u8]>> {
        while let Some(under_way) = self.wishes.flight.under_way() {
            if self.wishes.open_for.borrow().as_ref() == Some(&account) {
                return under_way.await;
            }
            let _ = under_way.await;
        }
        if self.account.borrow().as_ref() != Some(&account) {
            return Err(CloudError::new(Code::Aborted, "not sent: somebody else is signed in by now"));
        }
        let Some(me) = self.me.upgrade() else {
            return Err(CloudError::new(Code::Disposed, "the client was disposed of"));
        };
        *self.wishes.open_for.borrow_mut() = Some(account.clone());
        let work = async move {
            let result = me.make(&account).await;
            me.wishes.flight.land();
            result
        };
        self.wishes.flight.start(&*self.platform, work).await
    }

    async fn make(&self, account: &Account) -> Result<Rc<[u8]>> {
        // What lies in storage may be unreadable; the change itself is not.
        let _ = self.read_kept(account).await;
        self.wishes.open_for.take();
        let (before, seen) = (self.wishes.kept.get(), self.wishes.stored.get());
        let wish = over(self.wishes.asked_by(account), before);
        if wish == UserSettingsConfig::default() {
            let user = self.held.borrow().as_ref().and_then(|held| held.user.clone());
            return user.ok_or_else(|| CloudError::new(Code::Aborted, "not sent: there is nothing to change"));
        }
        let mut result = self.patch_user(account, wish).await;
        if result.as_ref().is_err_and(|error| error.code == Code::Conflict) {
            result = match self.refresh().await {
                Ok(_) => self.patch_user(account, wish).await,
                Err(error) => Err(error),
            };
        }
        let left = match result.as_ref().map_err(|error| error.code) {
            Err(Code::Network | Code::Timeout | Code::RateLimited | Code::Server) => wish,
            // Nobody was asked, or others were faster each time.
            Err(
                Code::NotAuthenticated | Code::InvalidCredentials | Code::TokenExpired | Code::Aborted | Code::Conflict,
            ) => before,
            _ => UserSettingsConfig::default(),
        };
        if left != before {
            // Where it cannot be stored, this tab keeps it.
            let _ = self.keep(account, left, seen).await;
        }
        result
    }

    async fn read_kept(&self, account: &Account) -> Result<()> {
        if self.wishes.kept.get() != self.wishes.stored.get() {
            return Ok(());
        }
        // Each time: another tab may have made it, or kept another.
        let (stored, _) = self.read_stored(account).await?;
        if self.is_by(account) {
            self.wishes.stored.set(stored);
            self.wishes.kept.set(stored);
        }
        Ok(())
    }

    /// The person of `account` is still signed in, for whichever organization.
    pub(super) fn is_by(&self, account: &Account) -> bool {
        self.account.borrow().as_ref().is_some_and(|now| now.user_id == account.user_id)
    }

    /// What is stored, and what a write that replaces it has to expect.
    async fn read_stored(&self, account: &Account) -> Result<(UserSettingsPatch, Expect)> {
        let record = self.vault.read(&slot_of(account)).await?;
        let document = record.as_ref().and_then(|record| read(&record.bytes).ok());
        let stored = document.map(|document| UserSettingsConfig::of(document.root())).unwrap_or_default();
        Ok((stored, record.map_or(Expect::Absent, |record| Expect::Version(record.version))))
    }

    /// From now on `wish` is kept. What another tab stored since we saw `seen` there stays beside it.
    async fn keep(&self, account: &Account, wish: UserSettingsPatch, seen: UserSettingsPatch) -> Result<()> {
        let stored = self.store(account, wish, seen).await;
        if self.account.borrow().is_none() {
            // Signed out while it was written.
            self.vault.delete(&[&slot_of(account)]).await.unwrap_or_default();
        }
        if self.is_by(account) {
            if let Ok(stored) = stored {
                self.wishes.stored.set(stored);
            }
            self.wishes.kept.set(stored.as_ref().copied().unwrap_or(wish));
        }
        stored.map(drop)
    }

    async fn store(
        &self,
        account: &Account,
        wish: UserSettingsPatch,
        seen: UserSettingsPatch,
    ) -> Result<UserSettingsPatch> {
        let one = |of: fn(UserSettingsPatch) -> Option<bool>, stored| combine(of(wish), of(seen), of(stored));
        loop {
            let (stored, expect) = self.read_stored(account).await?;
            let next = UserSettingsConfig {
                task_sync_enabled: one(|patch| patch.task_sync_enabled, stored),
                llm_enhanced_features_enabled: one(|patch| patch.llm_enhanced_features_enabled, stored),
            };
            if next == stored {
                return Ok(next);
            }
            let plain = (next != UserSettingsConfig::default()).then(|| patch_body(next, None));
            match self.vault.apply(vec![Change { slot: slot_of(account), expect, plain }]).await {
                // Another tab wrote in between.
                Err(error) if error.code == Code::Conflict => {}
                written => return written.map(|_| next),
            }
        }
    }

    async fn patch_user(&self, account: &Account, patch: UserSettingsPatch) -> Result<Rc<[u8]>> {
        let known = self.held.borrow().as_ref().and_then(|held| held.user.clone());
        let body = patch_body(patch, known.as_deref());
        let still_wanted = || self.account.borrow().as_ref() == Some(account);
        let call = Call { still_wanted: Some(&still_wanted), ..Call::patch(USER_SETTINGS, body) };
        let answer = self.api.call(call).await?;
        let document = answer.json()?;
        let user: Rc<[u8]> = parse_user_settings(document.root())?.json.raw().into();
        let current = self.held.borrow().clone();
        if self.account.borrow().as_ref() == Some(account)
            && let Some(held) = current
        {
            // The ETag was that of the whole answer before this change.
            let config = Some(UserSettingsConfig::of(document.root()));
            let next = Held { user: Some(user.clone()), user_config: config, etag: None, ..held };
            self.replace(account, next, false, true, &[]).await;
            self.tell(self.platform.wall_ms(), true);
        }
        Ok(user)
    }
}

/// Where what a person wants is kept, whichever organization they act for. Signing out wipes it with the settings.
fn slot_of(account: &Account) -> String {
    let mut slot = slot(&Account { user_id: account.user_id.clone(), organization_id: None });
    slot.push_str("/wish");
    slot
}

/// What is to be stored of one setting: `ours`, but where another tab stored something since it was `seen`, that gives way to
/// nothing but what we want anew.
fn combine(ours: Option<bool>, seen: Option<bool>, stored: Option<bool>) -> Option<bool> {
    if stored == seen { ours } else { ours.filter(|_| ours != seen).or(stored) }
}

/// `patch` on top of `before`.
fn over(patch: UserSettingsPatch, before: UserSettingsPatch) -> UserSettingsPatch {
    UserSettingsConfig {
        task_sync_enabled: patch.task_sync_enabled.or(before.task_sync_enabled),
        llm_enhanced_features_enabled: patch.llm_enhanced_features_enabled.or(before.llm_enhanced_features_enabled),
    }
}

/// `{settings, version?}`: the change, and the version it is based on.
fn patch_body(patch: UserSettingsPatch, known: Option<&[u8]>) -> Vec<u8> {
    let mut json = Writer::new();
    json.begin_object();
    json.name("settings");
    json.begin_object();
    for (name, value) in [
        ("taskSyncEnabled", patch.task_sync_enabled),
        ("llmEnhancedFeaturesEnabled", patch.llm_enhanced_features_enabled),
    ] {
        if let Some(value) = value {
            json.name(name);
            json.bool(value);
        }
    }
    json.end_object();
    if let Some(known) = known
        && let Ok(document) = read(known)
        && let Some(version) = document.root().get("version")
    {
        json.name("version");
        json.raw(version);
    }
    json.end_object();
    json.into_bytes()
}
