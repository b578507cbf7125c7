//! The network: requests travel to handlers and answers back, and things go wrong on the way.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::executor::Slot;
use super::rng::Rng;
use super::server::{Ctx, Exchange, Fault, Faults, Handler, Reply};
use super::tab::{Tab, TabState};
use super::world::Core;
use crate::platform::{Http, HttpError, Request, Response};

/// How long each way takes unless told otherwise, in milliseconds.
const TRAVEL_MS: (u64, u64) = (5, 150);
/// When a page learns that a connection died, if it does.
const BREAK_MS: (u64, u64) = (1, 2000);
/// When it learns otherwise: later than any limit that it should have set itself.
const NEVER_MS: u64 = 300_000;
/// So long after its answer a page may die, as [`Fault::PageDies`] says.
const DEATH_MS: u64 = 20;
const SLOW_MS: (u64, u64) = (1000, 120_000);
/// In so many parts a body goes out whose way is watched.
const UPLOAD_PARTS: u64 = 4;
/// For all requests of a page with `keepalive` in flight together.
const KEEPALIVE_BYTES: usize = 65_536;

type Answer = Result<Response, HttpError>;
/// Sees requests leave.
type Watcher = Box<dyn Fn(&Request, usize)>;

struct InFlight {
    tab: Rc<TabState>,
    slot: Slot<Answer>,
    keepalive_bytes: Option<usize>,
    log_index: usize,
}

/// The network of a world.
pub struct Network {
    handlers: RefCell<Vec<(String, Rc<RefCell<Handler>>)>>,
    faults: RefCell<Vec<(String, Faults)>>,
    script: RefCell<VecDeque<(String, Fault)>>,
    watchers: RefCell<Vec<(String, Watcher)>>,
    travel_ms: Cell<(u64, u64)>,
    reachable: Cell<bool>,
    /// Requests whose page still waits (or whose server may still be reached, with keepalive).
    in_flight: RefCell<BTreeMap<u64, Rc<InFlight>>>,
    log: RefCell<Vec<Exchange>>,
    rng: Rng,
}

impl Network {
    pub(super) fn new(rng: Rng) -> Self {
        Self {
            handlers: RefCell::default(),
            faults: RefCell::default(),
            script: RefCell::default(),
            watchers: RefCell::default(),
            travel_ms: Cell::new(TRAVEL_MS),
            reachable: Cell::new(true),
            in_flight: RefCell::default(),
            log: RefCell::default(),
            rng,
        }
    }

    /// Serves all urls that begin with `prefix` (the longest prefix wins; the newest among equals).
    pub fn handle(&self, prefix: &str, handler: impl FnMut(&Request, &mut Ctx) -> Reply + 'static) {
        let handler: Handler = Box::new(handler);
        let mut handlers = self.handlers.borrow_mut();
        handlers.insert(0, (prefix.to_owned(), Rc::new(RefCell::new(handler))));
        handlers.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    }

    /// How probably requests to urls that begin with `prefix` go wrong (the longest prefix wins).
    pub fn set_faults(&self, prefix: &str, faults: Faults) {
        let mut all = self.faults.borrow_mut();
        all.retain(|(other, _)| other != prefix);
        all.push((prefix.to_owned(), faults));
        all.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
    }

    /// What happens to the next request to a url that begins with `prefix`; several are used up in order.
    pub fn fail_next(&self, prefix: &str, fault: Fault) {
        self.script.borrow_mut().push_back((prefix.to_owned(), fault));
    }

    /// Shows `watcher` each request to a url that begins with `prefix` as it leaves its page, with its index in [`Network::log`].
    pub fn watch(&self, prefix: &str, watcher: impl Fn(&Request, usize) + 'static) {
        self.watchers.borrow_mut().push((prefix.to_owned(), Box::new(watcher)));
    }

    /// How long each way takes, in milliseconds: least and most.
    pub fn set_travel_ms(&self, least: u64, most: u64) {
        self.travel_ms.set((least, most));
    }

    /// Lets every request fail without any tab being told, or no longer.
    pub fn set_reachable(&self, reachable: bool) {
        self.reachable.set(reachable);
    }

    /// All requests so far, in the order in which they were sent.
    pub fn log(&self) -> Vec<Exchange> {
        self.log.borrow().clone()
    }

    /// How many of the requests so far went to urls that begin with `prefix`.
    pub fn count(&self, prefix: &str) -> usize {
        self.log.borrow().iter().filter(|exchange| exchange.url.starts_with(prefix)).count()
    }

    /// The most requests to urls that begin with `prefix` that pages waited for at one time.
    pub fn most_at_once(&self, prefix: &str) -> usize {
        let log = self.log.borrow();
        let ours = log.iter().filter(|exchange| exchange.url.starts_with(prefix));
        // At the same millisecond, ends come before beginnings; what began and ended in one took no time.
        let ours = ours.filter(|exchange| exchange.ended_ms != Some(exchange.sent_ms));
        let mut steps: Vec<(u64, bool)> = ours
            .flat_map(|exchange| [(exchange.sent_ms, true), (exchange.ended_ms.unwrap_or(u64::MAX), false)])
            .collect();
        steps.sort_unstable();
        let (mut open, mut most) = (0_usize, 0);
        for (_, begins) in steps {
            open = if begins { open + 1 } else { open.saturating_sub(1) };
            most = most.max(open);
        }
        most
    }

    /// Every connection dies; the server may or may not see what is under way.
    pub(super) fn break_connections(&self, core: &Core) {
        let all: Vec<u64> = self.in_flight.borrow().keys().copied().collect();
        for id in all {
            self.break_connection(core, id);
        }
    }

    /// The page `tab` is gone: what it sent with keepalive goes on.
    pub(super) fn abandon(&self, core: &Core, tab: u32) {
        let all = self.in_flight.borrow();
        let gone = all.iter().filter(|(_, flight)| flight.tab.id == tab && flight.keepalive_bytes.is_none());
        let gone: Vec<u64> = gone.map(|(id, _)| *id).collect();
        drop(all);
        for id in gone {
            self.end(core, id);
        }
    }

    /// Nobody waits for the request any more.
    fn end(&self, core: &Core, id: u64) -> Option<Rc<InFlight>> {
        let flight = self.in_flight.borrow_mut().remove(&id)?;
        self.note(flight.log_index, |exchange| exchange.ended_ms = Some(core.now_ms()));
        Some(flight)
    }

    fn note(&self, log_index: usize, note: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.log.borrow_mut().get_mut(log_index) {
            note(exchange);
        }
    }

    pub(super) fn shut_down(&self) {
        self.in_flight.take();
        let handlers = self.handlers.take();
        drop(handlers);
        let watchers = self.watchers.take();
        drop(watchers);
    }

    fn break_connection(&self, core: &Core, id: u64) {
        if let Some(flight) = self.end(core, id) {
            core.answer(self.rng.between(BREAK_MS), &flight.slot, Err(HttpError::Network));
        }
    }

    fn next_fault(&self, url: &str) -> Option<Fault> {
        if !self.reachable.get() {
            return Some(Fault::Refused);
        }
        let mut script = self.script.borrow_mut();
        if let Some(index) = script.iter().position(|(prefix, _)| url.starts_with(prefix)) {
            return script.remove(index).map(|(_, fault)| fault);
        }
        let faults = self.faults.borrow();
        let (_, faults) = faults.iter().find(|(prefix, _)| url.starts_with(prefix))?;
        faults.draw(&self.rng)
    }

    fn keepalive_in_flight(&self, tab: u32) -> usize {
        let all = self.in_flight.borrow();
        all.values().filter(|flight| flight.tab.id == tab).filter_map(|flight| flight.keepalive_bytes).sum()
    }

    /// Sends `request` on its way.
    fn depart(&self, tab: &Rc<TabState>, id: u64, request: Request, slot: Slot<Answer>) {
        let core = &tab.core;
        let fault = self.next_fault(&request.url);
        let log_index = self.log.borrow().len();
        self.log.borrow_mut().push(Exchange {
            sent_ms: core.now_ms(),
            tab: tab.id,
            method: request.method,
            url: request.url.clone(),
            fault,
            served: 0,
            arrived_ms: None,
            status: None,
            ended_ms: None,
            delivered: false,
        });
        for (_, watcher) in self.watchers.borrow().iter().filter(|(prefix, _)| request.url.starts_with(prefix)) {
            watcher(&request, log_index);
        }
        let keepalive_bytes = request.keepalive.then(|| request.body.as_ref().map_or(0, |body| body.len()));
        let over = keepalive_bytes.is_some_and(|bytes| bytes + self.keepalive_in_flight(tab.id) > KEEPALIVE_BYTES);
        let flight = Rc::new(InFlight { tab: tab.clone(), slot, keepalive_bytes, log_index });
        self.in_flight.borrow_mut().insert(id, flight.clone());
        if !core.online.get() || over || fault == Some(Fault::Refused) {
            return Self::finish(core, id, self.rng.below(20), Err(HttpError::Network));
        }
        let travel_ms = self.rng.between(self.travel_ms.get());
        if fault == Some(Fault::RequestLost) {
            return self.lose(core, id, travel_ms);
        }
        if fault == Some(Fault::PageDies) {
            let (longest_ms, page) = (2 * self.travel_ms.get().1, tab.clone());
            core.after(self.rng.between((0, longest_ms + DEATH_MS)), move |_| page.kill());
        }
        if let (Some(uploaded), Some(body)) = (&request.uploaded, &request.body) {
            for part in 1..UPLOAD_PARTS {
                let (uploaded, sent) = (uploaded.clone(), part_of(body.len(), part));
                core.after(travel_ms * part / UPLOAD_PARTS, move |core| {
                    if core.network.in_flight.borrow().contains_key(&id) {
                        uploaded(sent);
                    }
                });
            }
        }
        core.after(travel_ms, move |core| {
            // Given up before it arrived: the server may see it nevertheless.
            let given_up = !core.network.in_flight.borrow().contains_key(&id);
            if !(given_up && core.network.rng.chance(0.5)) {
                core.network.arrive(core, id, &request, &flight, fault);
            }
        });
    }

    fn arrive(&self, core: &Rc<Core>, id: u64, request: &Request, flight: &InFlight, fault: Option<Fault>) {
        if let Some(Fault::Status(status)) = fault {
            return self.go_back(core, id, request, Reply::status(status).body("fault"), None);
        }
        let Some(mut reply) = self.serve(core, request, flight) else {
            return Self::finish(core, id, 0, Err(HttpError::Network));
        };
        if fault == Some(Fault::Duplicated) && request.method == "POST" {
            reply = self.serve(core, request, flight).unwrap_or(reply);
        }
        let fault = reply.fault.or(fault);
        self.go_back(core, id, request, reply, fault);
    }

    /// Has the handler do its work; `None` where nobody serves that url.
    fn serve(&self, core: &Rc<Core>, request: &Request, flight: &InFlight) -> Option<Reply> {
        let handler = {
            let handlers = self.handlers.borrow();
            handlers.iter().find(|(prefix, _)| request.url.starts_with(prefix)).map(|(_, handler)| handler.clone())
        }?;
        let mut ctx = Ctx {
            now_ms: core.true_ms(),
            origin: flight.tab.page.origin(),
            exchange: flight.log_index,
            rng: &self.rng,
        };
        let reply = (handler.borrow_mut())(request, &mut ctx);
        self.note(flight.log_index, |exchange| {
            exchange.served += 1;
            exchange.arrived_ms.get_or_insert(core.now_ms());
            exchange.status = Some(reply.response.status);
        });
        Some(reply)
    }

    fn go_back(&self, core: &Rc<Core>, id: u64, request: &Request, reply: Reply, fault: Option<Fault>) {
        let Reply { mut response, delay_ms, .. } = reply;
        let mut ms = delay_ms + self.rng.between(self.travel_ms.get());
        match fault {
            Some(Fault::AnswerLost) => return self.lose(core, id, ms),
            Some(Fault::Cut) if !response.body.is_empty() => {
                if self.rng.chance(0.5) {
                    return Self::finish(core, id, ms, Err(HttpError::Network));
                }
                response.body.truncate(self.rng.index(response.body.len()));
            }
            Some(Fault::Malformed) => {
                response.status = 200;
                response.body = b"<!doctype html><title>Sign in to the network</title>".to_vec();
                response.headers = vec![("content-type".to_owned(), "text/html".to_owned())];
            }
            Some(Fault::Slow) => ms += self.rng.between(SLOW_MS),
            _ => {}
        }
        let redirected = (300..400).contains(&response.status) && response.status != 304;
        let answer = if redirected {
            Err(HttpError::Network)
        } else if response.body.len() > request.max_answer_bytes {
            Err(HttpError::TooLarge)
        } else {
            Ok(response)
        };
        Self::finish(core, id, ms, answer);
    }

    fn lose(&self, core: &Core, id: u64, ms: u64) {
        let known_ms = if self.rng.chance(0.5) { NEVER_MS } else { self.rng.between(BREAK_MS) };
        Self::finish(core, id, ms + known_ms, Err(HttpError::Network));
    }

    fn finish(core: &Core, id: u64, ms: u64, answer: Answer) {
        core.after(ms, move |core| {
            if let Some(flight) = core.network.end(core, id) {
                core.network.note(flight.log_index, |exchange| exchange.delivered = answer.is_ok());
                flight.slot.set(answer);
            }
        });
    }
}

/// Aborts the request when dropped before its answer.
struct Abort<'a> {
    tab: &'a Tab,
    id: u64,
}

impl Drop for Abort<'_> {
    fn drop(&mut self) {
        // The page's end, unlike its own will, does not end what it sent with keepalive; the rest was ended with it.
        if !self.tab.0.is_dead() {
            self.tab.0.core.network.end(&self.tab.0.core, self.id);
        }
    }
}

impl Http for Tab {
    async fn send(&self, request: Request) -> Answer {
        let slot = Slot::new();
        let abort = Abort { tab: self, id: self.0.core.unique() };
        if self.is_alive() {
            self.0.core.network.depart(&self.0, abort.id, request, slot.clone());
        }
        let answer = slot.waiting().await;
        drop(abort);
        answer
    }
}

/// What has gone out of `bytes` when so many of [`UPLOAD_PARTS`] have.
fn part_of(bytes: usize, part: u64) -> usize {
    usize::try_from(bytes as u64 * part / UPLOAD_PARTS).unwrap_or(bytes)
}
