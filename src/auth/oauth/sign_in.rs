//! Signing in by redirect or popup: begins sign-ins, and turns callbacks into sessions.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::FutureExt;
use futures_util::future::{LocalBoxFuture, Shared, pending};

use super::authorize::{Callback, SignInOptions, checked_return_path};
use super::pending::{MAX_AGE_MS, Pending, PendingStore};
use super::token::TokenError;
use crate::auth::peers::PeerMessage;
use crate::auth::session::{ActFor, Session};
use crate::auth::way::Way;
use crate::error::{CloudError, Code, Result};
use crate::event::UserInfo;
use crate::platform::notify::Notify;
use crate::platform::vault::Vault;
use crate::platform::{Platform, Popup, Subscription, within};
use crate::secret::Secret;

/// How the person gets to the authorization server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The page goes there itself.
    Redirect,
    /// A window of its own does.
    Popup,
    /// The extension on the other side opens it, and brings the answer.
    Host,
}

/// What `login` was asked for.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// What the server is told.
    pub options: SignInOptions,
    /// Where the person wants to be afterwards: a path of this origin.
    pub return_to: Option<String>,
}

/// How long the extension is waited for, where it need not ask anybody.
const HOST_MS: u64 = 10_000;

type Shareable = Shared<LocalBoxFuture<'static, Result<()>>>;

/// Sign-ins that lead through a page of somebody else's.
pub struct SignIn<P: Platform> {
    platform: Rc<P>,
    way: Rc<Way<P>>,
    redirect_uri: String,
    session: Rc<Session<P>>,
    store: PendingStore<P>,
    /// Those begun here or found in storage: what `isCallback` answers from.
    known: RefCell<Vec<Pending>>,
    /// Callbacks handled in this page, by url: React's StrictMode handles each twice.
    handled: RefCell<Vec<(String, Shareable)>>,
    /// The popup sign-in that somebody waits for, and how it ended.
    waiting: RefCell<Option<Waiting>>,
    /// The extension's answers: heard, not taken yet, and what takes them.
    hearing: RefCell<Option<Subscription>>,
    answers: RefCell<Vec<String>>,
    take_answers: RefCell<Option<Rc<dyn Fn()>>>,
}

struct Waiting {
    attempt: String,
    outcome: Rc<RefCell<Option<Result<()>>>>,
    bell: Rc<Notify>,
}

impl<P: Platform> SignIn<P> {
    /// Sign-ins by `way` into `session`, which come back to `redirect_uri`.
    pub fn new(
        platform: Rc<P>,
        way: Rc<Way<P>>,
        redirect_uri: String,
        session: Rc<Session<P>>,
        vault: Rc<Vault<P>>,
    ) -> Self {
        Self {
            platform,
            way,
            redirect_uri,
            session,
            store: PendingStore::new(vault),
            known: RefCell::default(),
            handled: RefCell::default(),
            waiting: RefCell::default(),
            hearing: RefCell::default(),
            answers: RefCell::default(),
            take_answers: RefCell::default(),
        }
    }

    /// Looks for sign-ins that were begun before this page was loaded.
    pub async fn open(&self) {
        if let Ok(found) = self.store.load(self.platform.wall_ms()).await {
            *self.known.borrow_mut() = found;
        }
    }

    /// Opens the window a popup sign-in needs: synchronously, in the click.
    pub fn open_popup(&self) -> Result<CloseOnDrop<P::Popup>> {
        self.platform.open_popup().map(CloseOnDrop).ok_or_else(|| {
            CloudError::new(
                Code::PopupBlocked,
                "the browser opened no window; call login inside a click, or use mode \"redirect\"",
            )
        })
    }

    /// Leaves the page for the authorization server. Resolves only if that fails.
    pub async fn redirect(&self, login: Login) -> Result<()> {
        let (url, _) = self.begin(login, false, None).await?;
        self.leave_for(&url).await
    }

    async fn leave_for(&self, url: &str) -> Result<()> {
        if !self.platform.navigate(url) {
            return Err(CloudError::new(
                Code::UnsupportedByAuth,
                "this place cannot leave its page; use mode \"popup\" or \"host\"",
            ));
        }
        pending().await
    }

    /// Goes where the person signs out of the server itself, if it has such a page: the page leaves, or the extension opens it.
    /// `id_token` says who it is; `return_to`: the path that the page comes back to. Resolves where the page stays, or fails.
    pub async fn end_session(&self, id_token: Option<Secret>, return_to: Option<&str>, mode: Mode) -> Result<()> {
        let by_host = mode == Mode::Host;
        let page = self.platform.address().filter(|_| !by_host);
        let back = return_to.zip(page).map(|(path, page)| format!("{}{path}", page.origin));
        match self.way.get().end_session_url(id_token.as_ref(), back.as_deref()).await? {
            Some(url) if by_host => self.open_at_host(&url).await,
            Some(url) => self.leave_for(&url).await,
            None => Ok(()),
        }
    }

    /// Signs in through `popup` and waits for the outcome, which comes over the channel (under COOP a window's `closed` and
    /// `opener` say nothing). Ends with LOGIN_CANCELLED after a quarter of an hour, or when another sign-in is begun.
    pub async fn popup(&self, login: Login, popup: CloseOnDrop<P::Popup>) -> Result<()> {
        let (url, pending) = self.begin(login, true, None).await?;
        let expected = self.expect(&pending);
        popup.0.go(&url);
        self.ended(expected).await
    }

    /// Signs in through the extension on the other side, which opens the page and brings its answer. Ends as
    /// [`SignIn::popup`] does. Fails with HOST_UNAVAILABLE.
    pub async fn host(&self, login: Login) -> Result<()> {
        let platform = &*self.platform;
        if !platform.opens_pages() {
            return Err(host_failed(None));
        }
        // Another one for each sign-in, in places that forward ports.
        let redirect_uri = within(platform, HOST_MS, platform.callback_uri()).await.flatten();
        let redirect_uri = redirect_uri.filter(|uri| platform.parse_url(uri).is_some());
        let (url, pending) = self.begin(login, false, redirect_uri).await?;
        let expected = self.expect(&pending);
        self.open_at_host(&url).await?;
        self.ended(expected).await
    }

    async fn open_at_host(&self, url: &str) -> Result<()> {
        let platform = &*self.platform;
        within(platform, HOST_MS, platform.open_external(url)).await.unwrap_or(Err(None)).map_err(host_failed)
    }

    /// Hears the answers that the extension brings; [`SignIn::answer_host`] takes them.
    pub fn hear_host(self: &Rc<Self>) {
        let me = Rc::downgrade(self);
        let hearing = self.platform.on_callback(Box::new(move |url| {
            let Some(me) = me.upgrade() else { return };
            me.answers.borrow_mut().push(url.to_owned());
            let take = me.take_answers.borrow().clone();
            if let Some(take) = take {
                take();
            }
        }));
        *self.hearing.borrow_mut() = Some(hearing);
    }

    /// Takes the answers that the extension brings and brought, those to our own sign-ins alone.
    pub fn answer_host(self: &Rc<Self>) {
        let me = Rc::downgrade(self);
        let take = Rc::new(move || {
            let Some(me) = me.upgrade() else { return };
            for url in me.answers.take() {
                if me.is_callback(&url) {
                    // It goes on by itself; whoever waits for the sign-in hears how it ended.
                    drop(me.handle(&url));
                }
            }
        });
        *self.take_answers.borrow_mut() = Some(take.clone());
        take();
    }

    /// Hears no extension any more.
    pub fn close(&self) {
        let hearing = self.hearing.borrow_mut().take();
        drop(hearing);
    }

    /// From now on `pending` is the sign-in that is waited for; one before it is given up.
    fn expect(&self, pending: &Pending) -> (Rc<RefCell<Option<Result<()>>>>, Rc<Notify>) {
        let (outcome, bell) = (Rc::new(RefCell::new(None)), Rc::new(Notify::default()));
        let waiting = Waiting { attempt: pending.id().to_owned(), outcome: outcome.clone(), bell: bell.clone() };
        let before = self.waiting.borrow_mut().replace(waiting);
        if let Some(before) = before {
            before.end(Err(cancelled()));
        }
        (outcome, bell)
    }

    /// How it ended.
    async fn ended(&self, (outcome, bell): (Rc<RefCell<Option<Result<()>>>>, Rc<Notify>)) -> Result<()> {
        if within(&*self.platform, MAX_AGE_MS, bell.notified()).await.is_none() {
            return Err(cancelled());
        }
        let ended = outcome.borrow_mut().take();
        ended.unwrap_or_else(|| Err(cancelled()))?;
        self.session.look_into_storage().await;
        Ok(())
    }

    /// Another window signed in, or failed to: whoever waits for it hears of it.
    pub fn heard(&self, message: &PeerMessage) {
        let (attempt, outcome) = match message {
            PeerMessage::SignedIn { attempt } => (attempt, Ok(())),
            PeerMessage::SignInFailed { attempt, code } => {
                (attempt, Err(CloudError::new(*code, "the sign-in in the other window did not succeed")))
            }
            _ => return,
        };
        self.settle(attempt, outcome);
    }

    fn settle(&self, attempt: &str, outcome: Result<()>) {
        let ours = self.waiting.borrow().as_ref().is_some_and(|waiting| waiting.attempt == attempt);
        if ours && let Some(waiting) = self.waiting.borrow_mut().take() {
            waiting.end(outcome);
        }
    }

    /// Whether `url` answers a sign-in that was begun here.
    pub fn is_callback(&self, url: &str) -> bool {
        let Some(url) = self.platform.parse_url(url) else { return false };
        let Some(Ok(callback)) = Callback::parse(&url) else { return false };
        self.known.borrow().iter().any(|pending| pending.state == *callback.state())
    }

    /// Turns the callback `url` into a session, once: the same url again gives the same outcome.
    pub fn handle(self: &Rc<Self>, url: &str) -> Shareable {
        if let Some((_, outcome)) = self.handled.borrow().iter().find(|(handled, _)| handled == url) {
            return outcome.clone();
        }
        let (me, text) = (self.clone(), url.to_owned());
        let outcome = async move { me.consume(&text).await }.boxed_local().shared();
        self.handled.borrow_mut().push((url.to_owned(), outcome.clone()));
        // A page that goes on without waiting is signed in all the same.
        self.platform.spawn(outcome.clone().map(drop).boxed_local());
        outcome
    }

    async fn begin(&self, login: Login, popup: bool, redirect_uri: Option<String>) -> Result<(String, Pending)> {
        let platform = &*self.platform;
        let return_to = login.return_to.as_deref().map(checked_return_path).transpose()?;
        let mut pending = Pending {
            state: Secret::new(""),
            verifier: Secret::new(""),
            nonce: Secret::new(""),
            redirect_uri: redirect_uri.unwrap_or_else(|| self.redirect_uri.clone()),
            begun_at_ms: platform.wall_ms(),
            organization_id: match &login.options.act_for {
                Some(ActFor::Organization(id)) => Some(id.clone()),
                _ => None,
            },
            return_to,
            popup,
            dead: false,
        };
        let url = self.way.get().begin(&mut pending, &login.options).await?;
        // Stored before anything leaves: a sign-in that cannot be finished is not begun.
        self.store.add(&pending, pending.begun_at_ms).await?;
        self.known.borrow_mut().push(pending.clone());
        Ok((url, pending))
    }

    async fn consume(&self, url: &str) -> Result<()> {
        let invalid = |why: &'static str| CloudError::new(Code::CallbackInvalid, why);
        let url = self.platform.parse_url(url).ok_or_else(|| invalid("the callback is no url"))?;
        // First of all, so that neither the history nor a Referer nor a reload sees the code again.
        let address = self.platform.address();
        let on_page = address.is_some_and(|address| address.href == url.href);
        if on_page {
            self.platform.replace_address(&url.path);
        }
        let callback = Callback::parse(&url).ok_or_else(|| invalid("the url is no callback of a sign-in"))??;
        let Some(pending) = self.store.take(callback.state()).await? else {
            return Err(CloudError::new(Code::StateMismatch, "this callback answers no sign-in that was begun here"));
        };
        if on_page && let Some(path) = &pending.return_to {
            self.platform.replace_address(path);
        }
        let (attempt, popup) = (pending.id().to_owned(), pending.popup);
        let result = self.exchange(callback, pending).await;
        self.settle(&attempt, result.clone());
        match &result {
            Ok(()) => {
                // First, so that nobody need ask for it.
                self.session.tell_token();
                self.session.tell(&PeerMessage::SignedIn { attempt });
            }
            Err(error) => self.session.tell(&PeerMessage::SignInFailed { attempt, code: error.code }),
        }
        if popup {
            self.platform.close_window();
        }
        result
    }

    async fn exchange(&self, callback: Callback, pending: Pending) -> Result<()> {
        let (answer, claims) = self.way.get().redeem(callback, &pending).await.map_err(|error| match error {
            TokenError::Other(error) => error,
            TokenError::InvalidGrant => CloudError::new(
                Code::InvalidCredentials,
                "the authorization server did not accept the code; sign in again",
            ),
        })?;
        let claims = claims.unwrap_or_default();
        let user = UserInfo {
            id: Some(claims.subject).filter(|id| !id.is_empty()),
            name: claims.name,
            email: claims.email,
            picture: claims.picture,
            organization_id: claims.organization_id.or(pending.organization_id),
            organization_role: claims.organization_role,
            ..UserInfo::default()
        };
        self.session.begin(answer, user).await
    }
}

impl Waiting {
    fn end(self, outcome: Result<()>) {
        *self.outcome.borrow_mut() = Some(outcome);
        self.bell.notify();
    }
}

/// A sign-in's window, closed when nobody waits for it any more.
pub struct CloseOnDrop<W: Popup>(W);

impl<W: Popup> Drop for CloseOnDrop<W> {
    fn drop(&mut self) {
        self.0.close();
    }
}

fn host_failed(code: Option<Code>) -> CloudError {
    CloudError::new(code.unwrap_or(Code::HostUnavailable), "the extension did not open the page")
}

fn cancelled() -> CloudError {
    CloudError::new(Code::LoginCancelled, "the sign-in was given up; nothing was changed")
}
