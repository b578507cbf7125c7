//! `ProviderSettingsManager`: the stored profiles of a person, changed by hand and by the cloud.
//!
//! The document is one sealed record. Every change reads what storage has, changes that, and writes it back only if nobody
//! else wrote in between; memory follows storage, and listeners follow memory.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::document;
use super::merge::{FieldConflict, Inputs, InvalidEntry, Merged, Side, SyncResult, merge};
use crate::error::{CloudError, Code, Result};
use crate::event::{CloudEvent, Events};
use crate::json::{Checked, Document, Limits};
use crate::platform::flight::Flight;
use crate::platform::vault::{self, Vault};
use crate::platform::{Expect, Platform, Subscription};
use crate::uuid;

/// Who decides field conflicts. It is given the conflict as JSON (`FieldConflict`).
pub type Resolver = Rc<dyn Fn(Vec<u8>) -> LocalBoxFuture<'static, Side>>;

/// How often a change is tried while other tabs write.
const TRIES: usize = 8;

/// The profiles that the cloud sent: a part of valid organization settings.
#[derive(Clone)]
pub struct CloudProfiles {
    /// The organization settings; their `providerProfiles` count.
    pub organization: Checked,
    /// Profiles that came but were invalid, and so are not among them.
    pub invalid: Vec<InvalidEntry>,
}

/// What a change makes of the stored document.
type Edit = Box<dyn Fn(&[u8]) -> Result<Vec<u8>>>;

/// A change that is to be stored, and what became of it.
struct Change {
    slot: String,
    edit: Edit,
    outcome: Rc<RefCell<Option<Result<()>>>>,
}

/// Keeps the profiles of one person.
pub struct ProviderSettingsManager<P> {
    platform: Rc<P>,
    vault: Rc<Vault<P>>,
    events: Rc<Events>,
    channel: String,
    user: RefCell<Option<String>>,
    /// What was held of another person, until what is stored of this one is read.
    left: RefCell<Option<Checked>>,
    document: RefCell<Checked>,
    version: Cell<u64>,
    generation: Cell<u64>,
    /// How many calls of [`Self::open`] are under way.
    opening: Cell<u32>,
    listening: RefCell<Option<Subscription>>,
    /// What is asked for while something is stored, and is stored together next.
    changes: RefCell<Vec<Change>>,
    storing: Flight<()>,
    me: Weak<Self>,
}

impl<P: Platform> ProviderSettingsManager<P> {
    /// Profiles kept in `vault`. `scope` names issuer and client.
    pub fn new(platform: Rc<P>, vault: Rc<Vault<P>>, events: Rc<Events>, scope: &str) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            platform,
            vault,
            events,
            channel: format!("roo-cloud-web profiles {scope}"),
            user: RefCell::default(),
            left: RefCell::default(),
            document: RefCell::new(document::empty()),
            version: Cell::new(0),
            generation: Cell::new(0),
            opening: Cell::new(0),
            listening: RefCell::default(),
            changes: RefCell::default(),
            storing: Flight::default(),
            me: me.clone(),
        })
    }

    /// From now on the profiles are those of `user`; `None`: those made while nobody is signed in, which the next person to
    /// sign in takes along. What was held of another is dropped. [`Self::open`] does the rest.
    pub fn turn_to(&self, user: Option<String>) {
        if *self.user.borrow() != user {
            let before = self.checked();
            self.left.borrow_mut().get_or_insert(before);
            *self.user.borrow_mut() = user;
            self.hold(document::empty(), 0);
        }
    }

    /// Takes what is stored of the person. Never fails on what it finds.
    pub async fn open(&self) {
        self.opening.set(self.opening.get() + 1);
        let before = self.left.take().unwrap_or_else(|| self.checked());
        if let Err(error) = self.load().await {
            self.hold(document::empty(), 0);
            self.events.emit(CloudEvent::BackgroundError(error));
        }
        if self.user.borrow().is_some() {
            self.take_along().await;
        }
        self.opening.set(self.opening.get() - 1);
        if before != self.checked() {
            self.tell_of_others(&before);
        }
    }

    /// Whether what is held is what is stored for this person; a merge before that would have to be done again.
    pub fn is_open(&self) -> bool {
        self.opening.get() == 0 && self.left.borrow().is_none()
    }

    /// The active profile's name.
    pub fn active_name(&self) -> Option<String> {
        document::active_name(&self.checked().document())
    }

    /// The document, as it is stored.
    pub fn document(&self) -> Rc<[u8]> {
        self.document.borrow().bytes()
    }

    /// The document, to be read.
    pub fn checked(&self) -> Checked {
        self.document.borrow().clone()
    }

    /// Another number whenever the document is another.
    pub fn generation(&self) -> u64 {
        self.generation.get()
    }

    /// Makes or replaces the profile `name`. Gives its settings as they are stored.
    pub async fn save(&self, name: &str, settings: &[u8]) -> Result<()> {
        document::check_name(name)?;
        let id = self.fresh_id()?;
        let existed = Rc::new(Cell::new(false));
        let (name_of, settings, told) = (name.to_owned(), settings.to_vec(), existed.clone());
        let edit = move |stored: &[u8]| {
            let settings = Document::parse(&settings, Limits::default())
                .map_err(|e| CloudError::new(Code::InvalidArgument, format!("`settings`: {}", e.what)))?;
            let (next, had) = document::with_profile(stored, &name_of, settings.root(), &id)?;
            told.set(had);
            Ok(next)
        };
        self.change(Box::new(edit)).await?;
        let existed = existed.get();
        self.changed(SyncResult {
            has_changes: true,
            added: if existed { Vec::new() } else { vec![name.to_owned()] },
            updated: if existed { vec![name.to_owned()] } else { Vec::new() },
            ..SyncResult::default()
        });
        Ok(())
    }

    /// Deletes the profile `name`. Fails with INVALID_ARGUMENT: there is none, or it is the last one.
    pub async fn delete(&self, name: &str) -> Result<()> {
        let name_of = name.to_owned();
        self.change(Box::new(move |stored| Ok(document::without_profile(stored, &name_of)?.0))).await?;
        self.changed(SyncResult { has_changes: true, deleted: vec![name.to_owned()], ..SyncResult::default() });
        Ok(())
    }

    /// Makes the profile `name` the active one. Fails with INVALID_ARGUMENT: there is none.
    pub async fn activate(&self, name: &str) -> Result<()> {
        let id = Rc::new(RefCell::new(None));
        let (name_of, told) = (name.to_owned(), id.clone());
        let edit = move |stored: &[u8]| {
            let (next, id) = document::with_active(stored, &name_of)?;
            told.replace(id);
            Ok(next)
        };
        self.change(Box::new(edit)).await?;
        self.events.emit(CloudEvent::ProfileActivated { name: name.to_owned(), id: id.take() });
        self.tell();
        Ok(())
    }

    /// What a sync would do now.
    pub fn preview(&self, cloud: &CloudProfiles) -> Result<SyncResult> {
        let id = self.fresh_id()?;
        Ok(merged(&self.checked(), cloud, &mut |_| Side::Cloud, &id)?.result)
    }

    /// Merges the cloud's profiles into the stored ones, whole or not at all: those that `cloud` has in hand when they are stored, however
    /// long the answer to a conflict took. Conflicts go to `resolve`, or to the cloud. Fails with NOT_AUTHENTICATED where another tab has
    /// ended the sign-in of that number.
    pub async fn sync(
        &self,
        cloud: &dyn Fn() -> Result<CloudProfiles>,
        resolve: Option<&Resolver>,
        sign_in: Option<u64>,
    ) -> Result<SyncResult> {
        self.merge(cloud, resolve, sign_in, false).await
    }

    async fn merge(
        &self,
        cloud: &dyn Fn() -> Result<CloudProfiles>,
        resolve: Option<&Resolver>,
        sign_in: Option<u64>,
        signs_out: bool,
    ) -> Result<SyncResult> {
        let slot = self.slot();
        for _ in 0..TRIES {
            let (stored, version) = (self.checked(), self.version.get());
            // Noted in the document itself: whoever writes on top of it has read it.
            let is_over = sign_in.is_some() && document::signed_out(&stored) == sign_in;
            if is_over && !signs_out {
                return Err(gone());
            }
            let id = self.fresh_id()?;
            let sent = cloud()?;
            let mut merge = merged(&stored, &sent, &mut |_| Side::Cloud, &id)?;
            if let Some(resolve) = resolve
                && !merge.result.conflicts.is_empty()
            {
                let mut answers = Vec::with_capacity(merge.result.conflicts.len());
                for conflict in &merge.result.conflicts {
                    answers.push(resolve(conflict.to_json()).await);
                }
                if cloud()?.organization != sent.organization {
                    // What was decided was about profiles of then.
                    continue;
                }
                let mut answers = answers.into_iter();
                merge = merged(&stored, &sent, &mut |_: &FieldConflict| answers.next().unwrap_or(Side::Cloud), &id)?;
            }
            let Merged { mut document, activated, result } = merge;
            if let Some(sign_in) = sign_in.filter(|_| signs_out && !is_over) {
                document = Some(document::with_signed_out(document.as_deref().unwrap_or(&stored.bytes()), sign_in)?);
            }
            let Some(document) = document else { return Ok(result) };
            match self.keep(slot.clone(), document, version, activated, &result).await {
                Err(error) if error.code == Code::Conflict => self.take_over().await?,
                stored => return stored.map(|()| result),
            }
        }
        Err(busy())
    }

    /// Stores what a merge came to and tells of it, also where whoever asked for it is gone meanwhile.
    async fn keep(
        &self,
        slot: String,
        document: Vec<u8>,
        version: u64,
        activated: Option<String>,
        result: &SyncResult,
    ) -> Result<()> {
        let Some(me) = self.me.upgrade() else { return Err(gone()) };
        let told = result.to_json();
        let id = Some(result.active_profile_id.clone()).filter(|id| !id.is_empty());
        let work = async move {
            me.store(&slot, &document, version).await?;
            me.events.emit(CloudEvent::ProfilesChanged(told.into()));
            if let Some(name) = activated {
                me.events.emit(CloudEvent::ProfileActivated { name, id });
            }
            me.tell();
            Ok(())
        };
        Flight::default().start(&*self.platform, work).await
    }

    /// Drops the cloud's profiles: the person ended the sign-in of that number. Their own stay. A tab that has not heard of it
    /// merges no more.
    pub async fn forget_cloud(&self, sign_in: Option<u64>) -> Result<()> {
        let organization = Checked::parse(br#"{"providerProfiles":{}}"#, Limits::default()).unwrap_or_default();
        let none = CloudProfiles { organization, invalid: Vec::new() };
        self.merge(&|| Ok(none.clone()), None, sign_in, true).await?;
        Ok(())
    }

    /// Hears from now on when another tab changed the profiles.
    pub fn listen(self: &Rc<Self>) {
        let me = Rc::downgrade(self);
        let subscription = self.platform.listen(
            &self.channel,
            Box::new(move |slot| {
                if let Some(me) = me.upgrade()
                    && me.slot() == slot
                {
                    // What cannot be read now is read with the next change.
                    me.platform.clone().spawn(async move { me.take_over().await.unwrap_or_default() }.boxed_local());
                }
            }),
        );
        *self.listening.borrow_mut() = Some(subscription);
    }

    /// Hears no other tab any more.
    pub fn close(&self) {
        *self.listening.borrow_mut() = None;
    }

    /// Takes what another tab stored, and tells of it.
    async fn take_over(&self) -> Result<()> {
        if let Some(before) = self.load().await? {
            self.tell_of_others(&before);
        }
        Ok(())
    }

    /// Tells that the document came from storage in place of `before`.
    fn tell_of_others(&self, before: &Checked) {
        let stored = self.checked();
        let active = document::active_name(&stored.document());
        let result = SyncResult { has_changes: true, ..SyncResult::default() };
        self.events.emit(CloudEvent::ProfilesChanged(result.to_json().into()));
        if let Some(name) = active.filter(|name| document::active_name(&before.document()).as_ref() != Some(name)) {
            let id = document::profile_id(&stored.document(), &name);
            self.events.emit(CloudEvent::ProfileActivated { name, id });
        }
    }

    /// Applies `edit` to what is stored and stores the result, together with what else is asked for while something is stored.
    async fn change(&self, edit: Edit) -> Result<()> {
        let outcome: Rc<RefCell<Option<Result<()>>>> = Rc::default();
        self.changes.borrow_mut().push(Change { slot: self.slot(), edit, outcome: outcome.clone() });
        loop {
            let is_known = outcome.borrow_mut().take();
            if let Some(outcome) = is_known {
                return outcome;
            }
            if let Some(under_way) = self.storing.under_way() {
                under_way.await;
            } else if let Some(me) = self.me.upgrade() {
                let work = async move {
                    me.store_changes().await;
                    me.storing.land();
                };
                self.storing.start(&*self.platform, work).await;
            }
        }
    }

    async fn store_changes(&self) {
        let changes = self.changes.take();
        let slot = self.slot();
        for _ in 0..TRIES {
            let mut next = self.document();
            let mut is_changed = false;
            for change in &changes {
                let made = if change.slot == slot { (change.edit)(&next) } else { Err(gone()) };
                let outcome = made.map(|made| {
                    next = made.into();
                    is_changed = true;
                });
                change.outcome.replace(Some(outcome));
            }
            let stored = if is_changed { self.store(&slot, &next, self.version.get()).await } else { Ok(()) };
            let failed = match stored {
                Ok(()) => return,
                Err(error) if error.code == Code::Conflict => self.take_over().await.err(),
                Err(error) => Some(error),
            };
            let is_final = failed.is_some();
            let failure = failed.unwrap_or_else(busy);
            for change in &changes {
                let made = change.outcome.borrow().as_ref().is_some_and(Result::is_ok);
                if made {
                    change.outcome.replace(Some(Err(failure.clone())));
                }
            }
            if is_final {
                return;
            }
        }
    }

    /// Stores `next` in `slot` in place of `version`. Fails with NOT_AUTHENTICATED where the profiles are somebody else's by now.
    async fn store(&self, slot: &str, next: &[u8], version: u64) -> Result<()> {
        if self.slot() != slot {
            return Err(gone());
        }
        if next.len() > document::LIMITS.max_bytes {
            return Err(CloudError::new(
                Code::StorageFull,
                "the profiles are too large; what was stored before is intact",
            ));
        }
        let version = self.vault.write(slot, expected(version), next).await?;
        if self.slot() != slot {
            return Err(CloudError::new(
                Code::NotAuthenticated,
                "somebody signed in or out while profiles were changed; the change was made for whoever was there before, and is stored with theirs",
            ));
        }
        self.hold(document::checked(next)?, version);
        Ok(())
    }

    /// Holds what is stored; gives what was held before, if that was another version.
    async fn load(&self) -> Result<Option<Checked>> {
        let slot = self.slot();
        let record = loop {
            let generation = self.generation.get();
            let record = self.vault.read(&slot).await?;
            if self.slot() != slot {
                return Ok(None);
            }
            // What is held since may be newer than what was read.
            if self.generation.get() == generation {
                break record;
            }
        };
        let (document, version) = match record {
            Some(record) if record.version == self.version.get() => return Ok(None),
            Some(record) => (document::checked(&record.bytes)?, record.version),
            None => (document::empty(), 0),
        };
        let before = self.checked();
        let is_another = version != self.version.get();
        if is_another {
            self.hold(document, version);
        }
        Ok(is_another.then_some(before))
    }

    /// Whoever signs in here takes along what was made before, once: it is theirs and nobody's any more, or as it was.
    async fn take_along(&self) {
        const NOBODYS: &str = "profiles/";
        let (slot, held, version) = (self.slot(), self.checked(), self.version.get());
        let Ok(Some(record)) = self.vault.read(NOBODYS).await else { return };
        let Ok(made) = document::checked(&record.bytes) else { return };
        let next = if document::has_none(&held) {
            Ok(record.bytes)
        } else {
            document::with_profiles_of(&held.bytes(), &made, &mut || self.fresh_id())
        };
        let Ok(next) = next else { return };
        let Ok(document) = document::checked(&next) else { return };
        if self.slot() != slot || self.version.get() != version {
            return;
        }
        let changes = vec![
            vault::Change { slot: slot.clone(), expect: expected(version), plain: Some(next) },
            vault::Change { slot: NOBODYS.to_owned(), expect: Expect::Version(record.version), plain: None },
        ];
        if let Ok(versions) = self.vault.apply(changes).await
            && let Some(version) = versions.first()
            && self.slot() == slot
        {
            self.hold(document, *version);
        }
    }

    fn hold(&self, document: Checked, version: u64) {
        *self.document.borrow_mut() = document;
        self.version.set(version);
        self.generation.set(self.generation.get() + 1);
    }

    fn changed(&self, mut result: SyncResult) {
        let stored = self.checked();
        let stored = stored.document();
        let active = document::active_name(&stored).and_then(|name| document::profile_id(&stored, &name));
        result.active_profile_id = active.unwrap_or_default();
        self.events.emit(CloudEvent::ProfilesChanged(result.to_json().into()));
        self.tell();
    }

    fn tell(&self) {
        self.platform.post(&self.channel, &self.slot());
    }

    fn slot(&self) -> String {
        let user = self.user.borrow();
        let encoded: String = form_urlencoded::byte_serialize(user.as_deref().unwrap_or_default().as_bytes()).collect();
        format!("profiles/{encoded}")
    }

    /// A UUID of version 4 (RFC 9562, 5.4).
    fn fresh_id(&self) -> Result<String> {
        let mut bytes = [0; 16];
        self.platform.random(&mut bytes).map_err(|_| CloudError::new(Code::CryptoUnavailable, "no randomness here"))?;
        Ok(uuid::v4(bytes).text())
    }
}

fn expected(version: u64) -> Expect {
    if version == 0 { Expect::Absent } else { Expect::Version(version) }
}

fn merged(
    stored: &Checked,
    cloud: &CloudProfiles,
    resolve: &mut dyn FnMut(&FieldConflict) -> Side,
    id: &str,
) -> Result<Merged> {
    let (local, organization) = (stored.document(), cloud.organization.document());
    let inputs = Inputs {
        local: local.root(),
        cloud: organization.root().get("providerProfiles"),
        invalid: &cloud.invalid,
        active: None,
    };
    merge(&inputs, resolve, &mut || id.to_owned()).map_err(|error| CloudError::new(Code::CorruptData, error.what()))
}

fn gone() -> CloudError {
    CloudError::new(Code::NotAuthenticated, "somebody signed in or out while profiles were changed; nothing was stored")
}

fn busy() -> CloudError {
    CloudError::new(Code::Conflict, "other tabs kept changing the profiles; nothing was lost, try again")
}
