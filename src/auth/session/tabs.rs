//! The other tabs of the sign-in: what they tell, what they are told, and what is taken over from them.

use std::rc::Rc;

use futures_util::FutureExt;

use super::{Held, Kept, SLOT, Session};
use crate::auth::credentials::SessionToken;
use crate::auth::peers::PeerMessage;
use crate::event::{AuthState, CloudEvent};
use crate::platform::{Platform, Subscription};

impl<P: Platform> Session<P> {
    /// Hears the other tabs from now on. `signed_in` is called when one of them signed in or failed to.
    pub fn listen(self: &Rc<Self>, on_sign_in: Box<dyn Fn(PeerMessage)>) {
        let me = Rc::downgrade(self);
        let subscription = self.platform.listen(
            &self.channel(),
            Box::new(move |text| {
                if let (Some(me), Some(message)) = (me.upgrade(), PeerMessage::from_json(text)) {
                    me.hear(message, &*on_sign_in);
                }
            }),
        );
        let (me, own) = (Rc::downgrade(self), self.vault.key(SLOT));
        let stored = self.platform.on_change(Box::new(move |key| {
            if let Some(me) = me.upgrade().filter(|_| key == own) {
                me.look_beside();
            }
        }));
        *self.listening.borrow_mut() = Some(Subscription::new(move || drop((subscription, stored))));
    }

    /// Hears nobody any more, and wakes [`Session::keep_alive`] for the last time.
    pub fn close(&self) {
        *self.listening.borrow_mut() = None;
        self.wake.notify();
    }

    fn hear(self: &Rc<Self>, message: PeerMessage, on_sign_in: &dyn Fn(PeerMessage)) {
        match message {
            PeerMessage::Token { sign_in, generation, organization_id, token, remaining_ms, lives_ms } => {
                let token = SessionToken::handed_over(&*self.platform, token, remaining_ms, lives_ms);
                if !self.take(sign_in, generation, organization_id.as_ref(), &token) {
                    // Another tab may have switched: whom the token is for is known before it is used.
                    let me = self.clone();
                    let late = async move {
                        me.look_into_storage().await;
                        me.take(sign_in, generation, organization_id.as_ref(), &token);
                    };
                    self.platform.spawn(late.boxed_local());
                }
            }
            PeerMessage::UserChanged { sign_in } => {
                if self.is_of(sign_in) {
                    self.look_beside();
                }
            }
            PeerMessage::Ask { sign_in, generation, parts } => {
                let have = self.held.borrow().as_ref().is_some_and(|held| {
                    held.sign_in == sign_in && held.generation >= generation && (held.got_here || self.part < parts)
                });
                if have && self.has_good_token() {
                    self.tell_token();
                }
            }
            PeerMessage::SignedOut { sign_in } => {
                if self.kept.borrow().is_some() && (sign_in == 0 || self.is_of(sign_in)) {
                    self.end(None);
                }
            }
            PeerMessage::SignedIn { .. } => {
                on_sign_in(message);
                self.look_beside();
            }
            PeerMessage::SignInFailed { .. } => on_sign_in(message),
        }
    }

    fn is_of(&self, sign_in: u64) -> bool {
        self.kept.borrow().as_ref().is_some_and(|kept| kept.grant.sign_in == sign_in)
    }

    fn look_beside(self: &Rc<Self>) {
        let me = self.clone();
        self.platform.spawn(async move { me.look_into_storage().await }.boxed_local());
    }

    /// Takes a token that another tab got, if it is of our grant, not older, for whom we act, and was not refused.
    fn take(&self, sign_in: u64, generation: u64, organization_id: Option<&String>, token: &SessionToken) -> bool {
        let ours = self.kept.borrow().as_ref().is_some_and(|kept| {
            let grant = &kept.grant;
            grant.sign_in == sign_in
                && grant.generation <= generation
                && grant.user.organization_id.as_ref() == organization_id
        });
        let is_older =
            self.held.borrow().as_ref().is_some_and(|held| held.sign_in == sign_in && held.generation > generation);
        let takes = ours && !is_older && self.refused.borrow().as_ref() != Some(&token.value);
        if takes {
            *self.held.borrow_mut() = Some(Held { token: token.clone(), sign_in, generation, got_here: false });
            self.set_state(AuthState::ActiveSession, None);
            self.served.notify();
            self.look_at_clock();
        }
        takes
    }

    /// Takes over what other tabs stored: that somebody signed in or out, or that more is known of our grant.
    pub async fn look_into_storage(&self) {
        if self.storing.get() {
            // What would be found is ours, before we know that it is stored.
            return;
        }
        let epoch = self.epoch.get();
        let ours = || self.kept.borrow().as_ref().map(|kept| (kept.grant.sign_in, kept.version, kept.unsaved));
        let before = ours();
        let Ok(found) = self.read().await else { return };
        if self.check(epoch).is_err() || ours() != before {
            return;
        }
        match (before, found) {
            // Nobody but we knows it yet.
            (Some((_, _, true)) | None, None) => {}
            (Some(_), None) => self.end(None),
            (Some((sign_in, version, unsaved)), Some(found)) if found.grant.sign_in == sign_in => {
                if !unsaved && found.version != version {
                    self.keep(found);
                }
            }
            // It ended here, and is still to be wiped.
            (None, Some(found)) if Some(found.grant.sign_in) == self.left_behind.get() => {}
            (_, Some(found)) => self.adopt(found),
        }
    }

    /// Holds what another tab stored, and tells if it is about somebody else, or for another organization.
    pub(super) fn keep(&self, stored: Kept) {
        let (sign_in, user) = (stored.grant.sign_in, stored.grant.user.clone());
        // A token of an earlier refresh may be for another organization.
        let is_late = self.held.borrow().as_ref().is_some_and(|held| !held.is_of(&stored));
        let before = self.kept.borrow_mut().replace(stored).map(|kept| kept.grant);
        let moved = before
            .as_ref()
            .is_some_and(|before| before.sign_in != sign_in || before.user.organization_id != user.organization_id);
        if is_late && moved {
            *self.held.borrow_mut() = None;
            self.set_state(AuthState::AttemptingSession, None);
            self.wake.notify();
        }
        if before.is_some_and(|before| before.user != user) {
            self.events.emit(CloudEvent::UserInfo(Some(user)));
        }
    }

    /// Another tab signed in.
    fn adopt(&self, kept: Kept) {
        self.epoch.set(self.epoch.get() + 1);
        let user = kept.grant.user.clone();
        *self.held.borrow_mut() = None;
        *self.refused.borrow_mut() = None;
        *self.holds_back.borrow_mut() = None;
        *self.kept.borrow_mut() = Some(kept);
        self.set_state(AuthState::AttemptingSession, None);
        self.events.emit(CloudEvent::UserInfo(Some(user)));
        self.look_at_clock();
    }

    /// Tells the other tabs.
    pub fn tell(&self, message: &PeerMessage) {
        self.platform.post(&self.channel(), &message.to_json());
    }

    /// Hands the token in hand over to the other tabs.
    pub fn tell_token(&self) {
        let message = match (self.kept.borrow().as_ref(), self.held.borrow().as_ref()) {
            (Some(kept), Some(held)) => PeerMessage::Token {
                sign_in: held.sign_in,
                generation: held.generation,
                organization_id: kept.grant.user.organization_id.clone(),
                token: held.token.value.clone(),
                remaining_ms: held.token.remaining_ms(&*self.platform),
                lives_ms: held.token.lives_ms(),
            },
            _ => return,
        };
        self.tell(&message);
    }

    fn channel(&self) -> String {
        format!("roo-cloud-web session {}", self.scope)
    }
}
