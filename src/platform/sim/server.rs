//! What the server's side of the network is made of: replies, faults, the log.

use super::rng::Rng;
use crate::platform::{Request, Response};

/// What a handler sees besides the request.
pub struct Ctx<'a> {
    /// Milliseconds since 1970 by the server's clock, which is right.
    pub now_ms: u64,
    /// The origin of the page that asks.
    pub origin: String,
    /// Which request it is: an index into [`Network::log`](super::Network::log).
    pub exchange: usize,
    /// The server's dice.
    pub rng: &'a Rng,
}

/// A server: takes a request, does its work, says what to answer.
pub type Handler = Box<dyn FnMut(&Request, &mut Ctx) -> Reply>;

/// A handler's answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) response: Response,
    pub(super) delay_ms: u64,
    pub(super) fault: Option<Fault>,
}

impl Reply {
    /// `status` and nothing else.
    pub fn status(status: u16) -> Self {
        let response = Response { status, ..Response::default() };
        Self { response, delay_ms: 0, fault: None }
    }

    /// `status` and a JSON body.
    pub fn json(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::status(status).header("content-type", "application/json").body(body)
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.response.body = body.into();
        self
    }

    /// With one more header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.response.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Given so many milliseconds after the work was done.
    #[must_use]
    pub fn after_ms(mut self, delay_ms: u64) -> Self {
        self.delay_ms = delay_ms;
        self
    }

    /// With something going wrong on the way back.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}

/// What goes wrong with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No connection: the server sees nothing, the page learns it at once.
    Refused,
    /// Lost before the server saw it; the page learns it soon, or waits in vain.
    RequestLost,
    /// The server did its work; the answer is lost; the page learns it soon, or waits in vain.
    AnswerLost,
    /// The body ends early: an error in most engines, a short body in `WebKit`.
    Cut,
    /// Something else stands in the body, as from a captive portal, with status 200.
    Malformed,
    /// A reused connection dropped: the browser sends it again, the server sees it twice, the second answer counts.
    Duplicated,
    /// The body takes up to two minutes.
    Slow,
    /// The page that asked is killed while the request is under way, or shortly after its answer came.
    PageDies,
    /// The server answers this status without doing its work.
    Status(u16),
}

/// How probable each [`Fault`] is (0 to 1); at most one befalls a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// [`Fault::Refused`].
    pub refused: f64,
    /// [`Fault::RequestLost`].
    pub request_lost: f64,
    /// [`Fault::AnswerLost`].
    pub answer_lost: f64,
    /// [`Fault::Cut`].
    pub cut: f64,
    /// [`Fault::Malformed`].
    pub malformed: f64,
    /// [`Fault::Duplicated`]; only a `POST` is.
    pub duplicated: f64,
    /// [`Fault::Slow`].
    pub slow: f64,
    /// [`Fault::PageDies`].
    pub page_dies: f64,
    /// [`Fault::Status`] with 429, 500, 502 or 503.
    pub status: f64,
}

impl Faults {
    /// The server does not do its work with probability `p`: refused, lost on the way, or answered with an error.
    pub fn failing(p: f64) -> Self {
        Self { refused: p / 3.0, request_lost: p / 3.0, status: p / 3.0, ..Self::default() }
    }

    /// And the answer is lost, after the work was done, with probability `p`.
    #[must_use]
    pub fn losing_answers(self, p: f64) -> Self {
        Self { answer_lost: p, ..self }
    }

    pub(super) fn draw(&self, rng: &Rng) -> Option<Fault> {
        let status = *[429, 500, 502, 503].get(rng.index(4)).unwrap_or(&500);
        let mut at = f64::from(u32::try_from(rng.next() >> 32).unwrap_or_default()) / 4_294_967_296.0;
        for (probability, fault) in [
            (self.refused, Fault::Refused),
            (self.request_lost, Fault::RequestLost),
            (self.answer_lost, Fault::AnswerLost),
            (self.cut, Fault::Cut),
            (self.malformed, Fault::Malformed),
            (self.duplicated, Fault::Duplicated),
            (self.slow, Fault::Slow),
            (self.page_dies, Fault::PageDies),
            (self.status, Fault::Status(status)),
        ] {
            if at < probability {
                return Some(fault);
            }
            at -= probability;
        }
        None
    }
}

/// One request in the log of the network.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// When it was sent, by [`World::now_ms`](super::World::now_ms).
    pub sent_ms: u64,
    /// The tab that sent it.
    pub tab: u32,
    /// `GET`, `POST`, `PATCH`.
    pub method: &'static str,
    /// Where to.
    pub url: String,
    /// What was done to it.
    pub fault: Option<Fault>,
    /// How often the server saw it.
    pub served: u32,
    /// When the server saw it first.
    pub arrived_ms: Option<u64>,
    /// What the server answered last, whether it arrived or not.
    pub status: Option<u16>,
    /// When the page stopped waiting: answered, failed, or given up.
    pub ended_ms: Option<u64>,
    /// Whether an answer reached the page.
    pub delivered: bool,
}
