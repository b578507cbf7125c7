//! The other tabs of the sign-in: what they tell, what they are told, and what is taken over from them.

use std::rc::Rc;

use futures_util::FutureExt;

use super::{Kept, Session};
use crate::auth::credentials::SessionToken;
use crate::auth::peers::PeerMessage;
use crate::event::{AuthState, CloudEvent};
use crate::platform::Platform;

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
        *self.listening.borrow_mut() = Some(subscription);
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
                        me.catch_up().await;
                        me.take(sign_in, generation, organization_id.as_ref(), &token);
                    };
                    self.platform.spawn(late.boxed_local());
                }
            }
            PeerMessage::UserChanged { sign_in } => {
                if self.kept.borrow().as_ref().is_some_and(|kept| kept.grant.sign_in == sign_in) {
                    let me = self.clone();
                    self.platform.spawn(async move { me.catch_up().await }.boxed_local());
                }
            }
            PeerMessage::Ask { sign_in, generation } => {
                let ours = self.kept.borrow().as_ref().is_some_and(|kept| kept.grant.sign_in == sign_in);
                let have = self.token.borrow().as_ref().is_some_and(|(_, g)| *g == generation);
                if ours && have {
                    self.tell_token();
                }
            }
            PeerMessage::SignedOut => {
                if self.kept.borrow().is_some() {
                    self.end(None);
                }
            }
            PeerMessage::SignedIn { .. } => {
                on_sign_in(message);
                let me = self.clone();
                self.platform.spawn(async move { me.adopt().await }.boxed_local());
            }
            PeerMessage::SignInFailed { .. } => on_sign_in(message),
        }
    }

    /// Takes a token that another tab got, if it is of our grant, not older, for whom we act, and was not refused.
    fn take(&self, sign_in: u64, generation: u64, organization_id: Option<&String>, token: &SessionToken) -> bool {
        let ours = self.kept.borrow().as_ref().is_some_and(|kept| {
            let grant = &kept.grant;
            grant.sign_in == sign_in
                && grant.generation <= generation
                && grant.user.organization_id.as_ref() == organization_id
        });
        let takes = ours && self.refused.borrow().as_ref() != Some(&token.value);
        if takes {
            *self.token.borrow_mut() = Some((token.clone(), generation));
            self.set_state(AuthState::ActiveSession, None);
            self.wake();
        }
        takes
    }

    /// Takes over what another tab stored of our grant.
    async fn catch_up(&self) {
        let epoch = self.epoch.get();
        let version = || self.kept.borrow().as_ref().map(|kept| kept.version);
        let before = version();
        let Ok(Some(stored)) = self.read().await else { return };
        let is_newer = version() == before
            && self.kept.borrow().as_ref().is_some_and(|ours| {
                ours.grant.sign_in == stored.grant.sign_in
                    && ours.grant.generation <= stored.grant.generation
                    && !ours.unsaved
            });
        if is_newer && self.check(epoch).is_ok() {
            self.keep(stored);
        }
    }

    /// Holds what another tab stored, and tells if it is about somebody else, or for another organization.
    pub(super) fn keep(&self, stored: Kept) {
        let user = stored.grant.user.clone();
        let before = self.kept.borrow_mut().replace(stored).map(|kept| kept.grant.user);
        if before.is_some_and(|before| before != user) {
            // A token in hand may be for another organization.
            self.events.emit(CloudEvent::UserInfo(Some(user)));
        }
    }

    /// Another tab signed in: takes over what it stored.
    pub async fn adopt(&self) {
        let epoch = self.epoch.get();
        let Ok(Some(kept)) = self.read().await else { return };
        if self.check(epoch).is_err()
            || self.kept.borrow().as_ref().is_some_and(|k| k.grant.sign_in == kept.grant.sign_in)
        {
            return;
        }
        self.epoch.set(epoch + 1);
        let user = kept.grant.user.clone();
        *self.token.borrow_mut() = None;
        *self.refused.borrow_mut() = None;
        *self.kept.borrow_mut() = Some(kept);
        self.set_state(AuthState::AttemptingSession, None);
        self.events.emit(CloudEvent::UserInfo(Some(user)));
        self.wake();
    }

    /// Tells the other tabs.
    pub fn tell(&self, message: &PeerMessage) {
        self.platform.post(&self.channel(), &message.to_json());
    }

    pub(super) fn tell_token(&self) {
        let message = match (self.kept.borrow().as_ref(), self.token.borrow().as_ref()) {
            (Some(kept), Some((token, generation))) => PeerMessage::Token {
                sign_in: kept.grant.sign_in,
                generation: *generation,
                organization_id: kept.grant.user.organization_id.clone(),
                token: token.value.clone(),
                remaining_ms: token.remaining_ms(&*self.platform),
                lives_ms: token.lives_ms(),
            },
            _ => return,
        };
        self.tell(&message);
    }

    fn channel(&self) -> String {
        format!("roo-cloud-web session {}", self.scope)
    }
}
