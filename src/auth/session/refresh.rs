//! The refresh: one token request at a time for all tabs, and no token of the server's lost that can be kept.

use std::pin::pin;

use futures_util::future::{Either, select};

use super::{Held, Kept, PARTS, SLOT, Session, not_authenticated};
use crate::api::AUTH_TIMEOUT_MS;
use crate::auth::credentials::SessionToken;
use crate::auth::oauth::id_token::Claims;
use crate::auth::oauth::token::{TokenAnswer, TokenError};
use crate::auth::peers::PeerMessage;
use crate::auth::session::ActFor;
use crate::error::{CloudError, Code, Result};
use crate::event::{AuthState, CloudEvent};
use crate::platform::exclusive::{Exclusive, LEASE_MS, exclusive};
use crate::platform::{Expect, Platform};
use crate::secret::Secret;

/// How long a refresh waits for other tabs before it gives up, unsent.
const ACQUIRE_LIMIT_MS: u64 = 25_000;
/// How long others are given to hand over a token, each time that they are asked.
const ASK_MS: u64 = 40;
/// Who is asked: the tab that got the token, then a few others that have it, then all: of a hundred, not all shall answer.
const ASKED: [u64; 4] = [0, 1, 8, PARTS];
/// How long the request of a tab that is gone may still be on its way. One that is sent meanwhile could arrive first, and make
/// the other a reuse, which ends the grant.
const ON_ITS_WAY_MS: u64 = 1_000;
// What is done under one lease fits into it: waiting for a request that may be on its way, and two of our own, the second with the server's nonce.
const _: () = assert!(ON_ITS_WAY_MS + 2 * AUTH_TIMEOUT_MS + STORING_MS <= LEASE_MS && LEASE_MS < ACQUIRE_LIMIT_MS);
/// What reading, writing and asking take beside that, at most.
const STORING_MS: u64 = 3_000;
/// A token that ends within this is not sent any more.
pub(super) const SPENT_MS: u64 = 1_000;

impl<P: Platform> Session<P> {
    /// Fetches a session token: one request for all callers of this tab, and for all tabs.
    pub async fn refresh(&self) -> Result<()> {
        self.refresh_as(None).await
    }

    /// The same, acting for another organization from then on.
    pub async fn switch_organization(&self, to: ActFor) -> Result<()> {
        // What is under way is for somebody else; joined, it would lose this switch. Another may begin while one is awaited.
        while let Some(under_way) = self.flight.under_way() {
            let _ = under_way.await;
        }
        self.refresh_as(Some(to)).await
    }

    async fn refresh_as(&self, switch: Option<ActFor>) -> Result<()> {
        if self.kept.borrow().is_none() {
            return Err(not_authenticated());
        }
        if let Some(under_way) = self.flight.under_way() {
            return under_way.await;
        }
        let Some(me) = self.me.upgrade() else { return Err(not_authenticated()) };
        let work = async move {
            let result = me.refresh_across_tabs(switch).await;
            me.flight.land();
            me.after_refresh(&result);
            result
        };
        self.flight.start(&*self.platform, work).await
    }

    /// Counts failures and tells them; the state follows.
    fn after_refresh(&self, result: &Result<()>) {
        match result {
            Ok(()) => self.backoff.forget(),
            Err(error) if self.kept.borrow().is_some() => {
                self.backoff.failed(&*self.platform, error.retry_after_ms);
                if self.token().is_none() {
                    self.set_state(AuthState::InactiveSession, Some(error.code));
                }
                self.events.emit(CloudEvent::BackgroundError(error.clone()));
            }
            Err(_) => {}
        }
        self.wake.notify();
    }

    async fn refresh_across_tabs(&self, switch: Option<ActFor>) -> Result<()> {
        let epoch = self.epoch.get();
        let asked = self.kept.borrow().clone().filter(|_| switch.is_none());
        if let Some(kept) = &asked
            && self.hand_over(kept, false).await
        {
            return Ok(());
        }
        // Before the lock, which is for the token request alone.
        self.way.get().prepare().await?;
        let Some(alone) = self.alone(switch.is_some()).await? else { return Ok(()) };
        let result = self.refresh_alone(&alone, epoch, switch, asked).await;
        if self.kept.borrow().as_ref().is_some_and(|kept| kept.unsaved) {
            // What is stored is spent. Nobody may send it while this tab lives.
            *self.holds_back.borrow_mut() = Some(alone);
        }
        result
    }

    async fn refresh_alone(
        &self,
        alone: &Exclusive<P>,
        epoch: u64,
        switch: Option<ActFor>,
        asked: Option<Kept>,
    ) -> Result<()> {
        for _ in 0..3 {
            let Some(kept) = self.reread(epoch).await? else { return Err(not_authenticated()) };
            let asked = asked.as_ref().is_some_and(|asked| asked.is_same_refresh(&kept));
            // Sent and not known to be answered: somebody may have the answer, and not have been able to store it.
            let is_open = kept.grant.sent_at_ms.is_some();
            if switch.is_none() && (is_open || !asked) && self.hand_over(&kept, is_open).await {
                return Ok(());
            }
            let left_ms = self.on_its_way_ms(&kept);
            if left_ms > 0 {
                self.platform.sleep(left_ms).await;
            }
            let Some(refresh_token) = kept.grant.refresh_token.clone() else {
                self.end(Some(Code::TokenExpired));
                return Err(token_expired());
            };
            let kept = match self.mark_sent(kept).await {
                Ok(kept) => kept,
                Err(error) if error.code == Code::Conflict => continue,
                Err(error) => return Err(error),
            };
            self.check(epoch)?;
            if !alone.is_held() {
                // The page was put aside in the middle of this: another tab may be the one by now.
                return Err(CloudError::new(Code::Timeout, "the page was put aside; nothing was sent, try again"));
            }
            let before = self.last_token();
            match self.way.get().renew(&refresh_token, switch.as_ref(), before.as_ref()).await {
                Ok((answer, claims)) => return self.commit(epoch, kept, answer, claims, switch).await,
                Err(TokenError::Other(error)) => return Err(error),
                Err(TokenError::InvalidGrant) => {
                    self.check(epoch)?;
                    // Without locks, or with one stolen, another tab may have spent it first: then its successor is in storage.
                    match self.read().await {
                        Ok(Some(newer)) if !newer.is_same_refresh(&kept) && !kept.unsaved => self.keep(newer),
                        _ => {
                            self.forget_stored(&kept).await;
                            self.end(Some(Code::TokenExpired));
                            return Err(token_expired());
                        }
                    }
                }
            }
        }
        Err(CloudError::new(Code::Conflict, "other tabs kept changing the session; nothing was lost, try again"))
    }

    /// Waits to be the only tab that refreshes. `None`: another tab handed over a token meanwhile, which serves as well.
    async fn alone(&self, switches: bool) -> Result<Option<Exclusive<P>>> {
        // One that was lost with the page put aside is none.
        let held_back = self.holds_back.borrow_mut().take().filter(Exclusive::is_held);
        if held_back.is_some() {
            return Ok(held_back);
        }
        let name = format!("refresh/{}", self.scope);
        let mut lock = pin!(exclusive(&self.platform, &name, ACQUIRE_LIMIT_MS));
        loop {
            match select(lock.as_mut(), pin!(self.served.notified())).await {
                Either::Left((alone, _)) => return alone.map(Some),
                Either::Right(_) if !switches && self.has_good_token() => return Ok(None),
                Either::Right(_) => {}
            }
        }
    }

    /// The grant as storage has it now, which may be newer than ours. `None`: signed out in another tab, and so here.
    async fn reread(&self, epoch: u64) -> Result<Option<Kept>> {
        let ours = self.kept.borrow().clone();
        let found = match ours {
            // Newer than what is stored: try to store it, and use it either way.
            Some(ours) if ours.unsaved => self.save(ours.clone()).await.unwrap_or(Some(ours)),
            ours => match self.read().await {
                Ok(found) => found,
                Err(error) if error.code == Code::StorageUnavailable => ours,
                Err(error) => return Err(error),
            },
        };
        self.check(epoch)?;
        match &found {
            Some(found) => self.keep(found.clone()),
            None => self.end(None),
        }
        Ok(found)
    }

    /// Whether another tab has a token of this grant that is good for a while, and gave it to us. They are asked where there may
    /// be one, or where `is_open`.
    async fn hand_over(&self, kept: &Kept, is_open: bool) -> bool {
        if self.took(kept) {
            return true;
        }
        let ours = self.held.borrow().as_ref().is_some_and(|held| held.is_of(kept));
        let may_be_good = kept.grant.token_until_ms > self.platform.wall_ms() + SPENT_MS;
        if kept.unsaved || !(is_open || (may_be_good && !ours)) || !self.platform.has_channel() {
            return false;
        }
        // A wait can take a minute in a hidden page, and what `is_open` is asked for by whoever holds the lock.
        let rounds = if is_open && !self.platform.visible() { &ASKED[3..] } else { &ASKED[..] };
        for &parts in rounds {
            self.tell(&PeerMessage::Ask { sign_in: kept.grant.sign_in, generation: kept.grant.generation, parts });
            // The last time, as long as must be waited anyhow.
            let left_ms = if is_open && parts == PARTS { self.on_its_way_ms(kept) } else { 0 };
            let mut timer = pin!(self.platform.sleep(left_ms.max(ASK_MS)));
            while let Either::Right(_) = select(timer.as_mut(), pin!(self.served.notified())).await {
                if self.took(kept) {
                    // Whoever had it first is gone: the next who asks is answered by one tab again.
                    if let Some(held) = self.held.borrow_mut().as_mut() {
                        held.got_here |= parts > 0;
                    }
                    return true;
                }
            }
        }
        false
    }

    /// How much longer a request of which nobody knows whether it was answered may be on its way.
    fn on_its_way_ms(&self, kept: &Kept) -> u64 {
        let since_ms = kept.grant.sent_at_ms.and_then(|sent_at_ms| self.platform.wall_ms().checked_sub(sent_at_ms));
        // Without the note, or with a clock that was set back, nothing is known.
        since_ms.map_or(0, |since_ms| ON_ITS_WAY_MS.saturating_sub(since_ms))
    }

    /// Whether the token we hold is of this very refresh, or a later one, and good for a while.
    fn took(&self, kept: &Kept) -> bool {
        let good = self.held.borrow().as_ref().is_some_and(|held| held.is_of(kept)) && self.has_good_token();
        if good {
            self.set_state(AuthState::ActiveSession, None);
        }
        good
    }

    /// Notes in storage that a refresh is on its way, so that whoever comes next knows why the token may be spent.
    async fn mark_sent(&self, mut kept: Kept) -> Result<Kept> {
        kept.grant.sent_at_ms = Some(self.platform.wall_ms());
        if kept.unsaved {
            return Ok(kept);
        }
        match self.vault.write(SLOT, Expect::Version(kept.version), &kept.grant.to_json()).await {
            Ok(version) => kept.version = version,
            // Full or denied: the note is a courtesy, the refresh is not.
            Err(error) if matches!(error.code, Code::StorageFull | Code::StorageUnavailable) => {}
            Err(error) => return Err(error),
        }
        Ok(kept)
    }

    /// Takes the answer of a refresh: memory first, then storage, then the others.
    async fn commit(
        &self,
        epoch: u64,
        mut kept: Kept,
        answer: TokenAnswer,
        claims: Option<Claims>,
        switch: Option<ActFor>,
    ) -> Result<()> {
        if self.check(epoch).is_err() {
            return Err(self.discard(answer.refresh_token.as_ref()).await);
        }
        if let Some(claims) = &claims
            && !kept.grant.subject.is_empty()
            && claims.subject != kept.grant.subject
        {
            self.forget_stored(&kept).await;
            self.end(Some(Code::InvalidCredentials));
            return Err(CloudError::new(
                Code::InvalidCredentials,
                "the server answered for another person; sign in again",
            ));
        }
        let grant = &mut kept.grant;
        grant.generation += 1;
        grant.sent_at_ms = None;
        grant.token_until_ms = self.platform.wall_ms() + answer.expires_in_ms;
        if answer.refresh_token.is_some() {
            grant.refresh_token = answer.refresh_token;
        }
        if claims.is_some() && answer.id_token.is_some() {
            grant.id_token = answer.id_token;
        }
        let said = answer.acts_for.filter(|to| grant.user.organization_id.as_deref() != to.organization());
        if let Some(to) = switch.or(said) {
            grant.user.organization_name = None;
            grant.user.organization_image_url = None;
            grant.user.organization_role = claims.and_then(|claims| claims.organization_role);
            grant.user.organization_id = match to {
                ActFor::Personal => None,
                ActFor::Organization(id) => Some(id),
            };
        }
        let user = grant.user.clone();
        let before = self.user();
        let token = SessionToken::new(&*self.platform, answer.access_token, answer.expires_in_ms);
        *self.held.borrow_mut() = Some(Held::got_here(token, grant));
        kept.unsaved = true;
        *self.kept.borrow_mut() = Some(kept.clone());
        if before.as_ref() != Some(&user) {
            self.events.emit(CloudEvent::UserInfo(Some(user)));
        }

        let refresh_token = kept.grant.refresh_token.clone();
        let saved = self.save(kept).await;
        if self.check(epoch).is_err() {
            return Err(self.discard(refresh_token.as_ref()).await);
        }
        match saved {
            Ok(Some(saved)) => *self.kept.borrow_mut() = Some(saved),
            Ok(None) => {
                self.end(None);
                return Err(self.discard(refresh_token.as_ref()).await);
            }
            // Tried again until it is stored.
            Err(error) => self.events.emit(CloudEvent::BackgroundError(error)),
        }
        self.set_state(AuthState::ActiveSession, None);
        self.tell_token();
        Ok(())
    }

    /// Signed out, or somebody else in, while a refresh was under way: nobody may use what came.
    async fn discard(&self, refresh_token: Option<&Secret>) -> CloudError {
        if let Some(token) = refresh_token {
            let _ = self.way.get().revoke(token).await;
        }
        not_authenticated()
    }

    /// Stores `kept`, and fails as storage does. `None`: another tab signed out, or somebody else in, and this grant is over.
    async fn save(&self, mut kept: Kept) -> Result<Option<Kept>> {
        for _ in 0..3 {
            let never_stored = kept.version == 0;
            let expect = if never_stored { Expect::Absent } else { Expect::Version(kept.version) };
            match self.vault.write(SLOT, expect, &kept.grant.to_json()).await {
                Ok(version) => return Ok(Some(Kept { version, unsaved: false, ..kept })),
                Err(error) if error.code == Code::Conflict => match self.read().await? {
                    Some(stored) if stored.grant.sign_in != kept.grant.sign_in && !never_stored => return Ok(None),
                    Some(stored)
                        if stored.grant.sign_in == kept.grant.sign_in
                            && stored.grant.generation > kept.grant.generation =>
                    {
                        return Ok(Some(stored));
                    }
                    // An older one: ours replaces it.
                    Some(stored) => kept.version = stored.version,
                    None if never_stored => {}
                    None => return Ok(None),
                },
                Err(error) => return Err(error),
            }
        }
        Err(CloudError::new(Code::Conflict, "other tabs kept changing the session"))
    }

    /// Tries again to store what could not be stored.
    pub(super) async fn save_again(&self) {
        let unsaved = self.kept.borrow().clone().filter(|kept| kept.unsaved);
        let Some(unsaved) = unsaved.filter(|_| self.flight.under_way().is_none()) else { return };
        let epoch = self.epoch.get();
        let Ok(saved) = self.save(unsaved).await else { return };
        if self.check(epoch).is_err() {
            return;
        }
        let Some(saved) = saved else { return self.end(None) };
        if self.kept.borrow().as_ref().is_some_and(|kept| kept.grant.generation <= saved.grant.generation) {
            self.keep(saved);
            *self.holds_back.borrow_mut() = None;
        }
    }

    /// Drops a grant that is proven dead from storage, unless another tab replaced it.
    async fn forget_stored(&self, kept: &Kept) {
        if let Ok(Some(stored)) = self.read().await
            && stored.grant.sign_in == kept.grant.sign_in
            && stored.grant.generation <= kept.grant.generation
        {
            let _ = self.vault.delete(&[SLOT]).await;
            self.tell(&PeerMessage::SignedOut { sign_in: kept.grant.sign_in });
        }
    }
}

fn token_expired() -> CloudError {
    CloudError::new(Code::TokenExpired, "the sign-in has ended; what is stored here is intact, sign in again")
}
