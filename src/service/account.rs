//! Who is signed in: in, out, for whom, and what the cloud knows of them.

use super::CloudService;
use super::config::AuthConfig;
use crate::api::Call;
use crate::api::me::Me;
use crate::auth::oauth::authorize::{SignInOptions, checked_return_path};
use crate::auth::oauth::sign_in::{CloseOnDrop, Login, Mode};
use crate::auth::session::ActFor;
use crate::error::{CloudError, Code, Result};
use crate::event::{CloudEvent, UserInfo};
use crate::json::{Document, Limits};
use crate::platform::Platform;
use crate::secret::Secret;

/// How long the cloud is left alone after it did not say who the person is.
const LEARN_AGAIN_MS: u64 = 60_000;

impl<P: Platform> CloudService<P> {
    /// Opens what a sign-in in `mode` needs while the click still counts: the popup's window.
    pub fn prepare_login(&self, mode: Option<Mode>) -> Result<Option<CloseOnDrop<P::Popup>>> {
        let has_pages = !matches!(self.config.auth, AuthConfig::Custom { .. });
        if has_pages && self.mode(mode) == Mode::Popup { self.auth.sign_in()?.open_popup().map(Some) } else { Ok(None) }
    }

    /// How to sign in, where `asked` may say nothing.
    fn mode(&self, asked: Option<Mode>) -> Mode {
        asked.unwrap_or(match &self.config.auth {
            AuthConfig::OAuth { mode, .. } => *mode,
            AuthConfig::Ticket { .. } if self.platform.opens_pages() => Mode::Host,
            _ => Mode::Redirect,
        })
    }

    /// Signs in, through `popup` if there is one, else as `options` or the configuration say.
    pub async fn login(
        &self,
        mut options: SignInOptions,
        return_to: Option<String>,
        popup: Option<CloseOnDrop<P::Popup>>,
    ) -> Result<UserInfo> {
        if let AuthConfig::OAuth { act_for, .. } = &self.config.auth
            && options.act_for.is_none()
        {
            options.act_for.clone_from(act_for);
        }
        if let Some(signed_in) = self.auth.sign_in_at_provider().await {
            signed_in?;
            return self.signed_in_user().await;
        }
        let sign_in = self.auth.sign_in()?;
        let mode = self.mode(options.mode);
        let login = Login { options, return_to };
        match popup {
            Some(popup) => sign_in.popup(login, popup).await?,
            None if mode == Mode::Host => sign_in.host(login).await?,
            None => sign_in.redirect(login).await?,
        }
        self.signed_in_user().await
    }

    /// Turns the callback `url` into a session, once.
    pub async fn handle_callback(&self, url: &str) -> Result<UserInfo> {
        self.auth.sign_in()?.handle(url).await?;
        self.signed_in_user().await
    }

    /// Signs this device out: first all that is kept here, in all tabs, then the grant at the server. `everywhere`: all devices.
    pub async fn logout(&self, everywhere: bool) -> Result<()> {
        // Refused before anything is lost.
        self.auth.can_sign_out()?;
        // Of the token in hand, if there is one: nothing waits for the network before all is wiped here.
        let in_hand = self.auth.session_token();
        let sign_in = self.auth.sign_in_number();
        let mut forgotten = self.profiles.forget_cloud(sign_in).await;
        if forgotten.is_err() {
            // Where storage is full, what goes anyhow makes room.
            let _ = self.settings.forget().await;
            forgotten = self.profiles.forget_cloud(sign_in).await;
        }
        let (mut refresh_token, wiped) = self.auth.sign_out().await;
        let dropped = self.settings.forget().await;
        // Before the grant goes, whose token it is asked with.
        let everywhere = if everywhere { self.revoke_all(in_hand, &mut refresh_token).await } else { Ok(()) };
        if let Some(token) = &refresh_token {
            // The server forgets it in time; the person is signed out here either way.
            if let Err(error) = self.auth.revoke(token).await {
                self.events.emit(CloudEvent::BackgroundError(error));
            }
        }
        // What is left here is worth more words than what is left there: a grant ends by itself.
        wiped.and(dropped).and(forgotten).and(everywhere)
    }

    /// The same, and then of the server itself, on its own page, for which this page leaves (or which the extension opens). `return_to`:
    /// the path that it comes back to. Resolves where the page stays.
    pub async fn logout_there_too(&self, everywhere: bool, return_to: Option<String>) -> Result<()> {
        let return_to = return_to.as_deref().map(checked_return_path).transpose()?;
        let id_token = self.auth.id_token();
        self.logout(everywhere).await?;
        match self.auth.sign_in() {
            Ok(sign_in) => sign_in.end_session(id_token, return_to.as_deref(), self.mode(None)).await,
            Err(_) => Ok(()),
        }
    }

    /// Signs out all devices of the person, who is signed out here by now.
    async fn revoke_all(&self, in_hand: Option<Secret>, refresh_token: &mut Option<Secret>) -> Result<()> {
        let token = match in_hand {
            Some(token) => token,
            None => self.auth.last_token(refresh_token).await?,
        };
        let call = Call { token: Some(token), ..Call::post("/api/me/revoke-all", b"{}".to_vec()) };
        self.api.call(call).await.map(drop)
    }

    /// Acts for somebody else from now on.
    pub async fn switch_organization(&self, to: ActFor) -> Result<()> {
        self.auth.switch_organization(to).await?;
        self.user_complete.set(false);
        if self.complete_user().await.is_err() {
            // The switch stands without it.
            self.learn_person();
        }
        self.follow_account().await;
        self.settings.refresh().await?;
        Ok(())
    }

    /// `OrganizationMembership[]`, as JSON.
    pub async fn memberships(&self) -> Result<Vec<u8>> {
        Ok(self.fetch_me().await?.memberships)
    }

    async fn signed_in_user(&self) -> Result<UserInfo> {
        // The sign-in stands without it; it is asked for again with the next session token.
        let _ = self.complete_user().await;
        self.auth.user().ok_or_else(|| CloudError::new(Code::NotAuthenticated, "signed out while signing in"))
    }

    /// Asks the cloud who the person is until it says, while there is a token to ask with. Nobody waits for it.
    pub(super) fn learn_person(&self) {
        if self.user_complete.get() || self.learning.replace(true) {
            return;
        }
        self.spawn(|me| async move {
            while !me.disposed.get() && !me.user_complete.get() && me.auth.session_token().is_some() {
                let Err(error) = me.complete_user().await else { break };
                me.events.emit(CloudEvent::BackgroundError(error));
                me.platform.sleep(LEARN_AGAIN_MS).await;
            }
            me.learning.set(false);
        });
    }

    async fn complete_user(&self) -> Result<()> {
        let me = self.fetch_me().await?;
        if let Some(user) = self.auth.user()
            && user.id.as_ref().is_none_or(|id| me.user_id() == Some(id))
        {
            self.user_complete.set(true);
            self.auth.learn_user(me.describe(user.organization_id)).await;
        }
        Ok(())
    }

    async fn fetch_me(&self) -> Result<Me> {
        if let Some(person) = self.auth.person().await? {
            return read_me(&person);
        }
        let answer = self.api.call(Call::get("/api/me")).await?;
        read_me(answer.body())
    }
}

fn read_me(body: &[u8]) -> Result<Me> {
    let document = Document::parse(body, Limits::default())
        .map_err(|_| CloudError::new(Code::InvalidResponse, "the cloud's answer about the person is no JSON"))?;
    Me::read(document.root())
}
