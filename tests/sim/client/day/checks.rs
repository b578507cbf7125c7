//! What must be so at the end of the day: of each request to the token endpoint it is known which tab sent it, when that died or was
//! put aside, when the server saw it and what it did.

use std::collections::BTreeMap;

use roo_cloud_web::platform::sim::{Exchange, Fault, Tab};

use super::Day;

/// How early a token is renewed at most; and how late the request may arrive after it was decided.
const EARLY_MS: u64 = 60_000 + 15_000;
/// Storing takes no longer after an answer, where storage works.
const STORING_MS: u64 = 2_000;
/// So long before it sends, a tab asks the others.
const HEARD_MS: u64 = 61_000;
/// What could not be stored is tried again so often, and somewhat later in hidden tabs.
const SAVED_AGAIN_MS: u64 = 15_000 + 90_000;

/// Why a sign-in ended through nobody's fault: the server had rotated the refresh token, and its successor never reached storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// The answer was lost on its way, or came after its limit.
    AnswerLost,
    /// The browser sent the request twice, and the first answer was lost.
    SentTwice,
    /// The tab died while it waited, or before it could store what came.
    TabDied,
    /// The tab was put aside (back/forward cache) before it could.
    TabPutAside,
    /// The tab died (or was put aside) with its request on the way, of which storage, that was full or broken, could not be told;
    /// and the request arrived after the next tab's.
    Overtaken,
}

impl Day {
    fn died_ms(&self, tab: u32) -> Option<u64> {
        self.tabs.get(&tab).and_then(Tab::died_ms)
    }

    fn was_put_aside(&self, tab: u32, from_ms: u64, to_ms: u64) -> bool {
        self.put_aside_ms.iter().any(|(aside, ms)| *aside == tab && (from_ms..=to_ms).contains(ms))
    }

    /// Until when what was answered at `answered_ms` may have stood in memory alone.
    fn stored_by_ms(&self, answered_ms: u64) -> u64 {
        let bad = self.bad_storage.iter().filter(|(from, to)| *from <= answered_ms + STORING_MS && answered_ms <= *to);
        bad.map(|(_, to)| to + SAVED_AGAIN_MS).max().unwrap_or(answered_ms + STORING_MS)
    }

    /// Whether `one`, which left before `next`, may be on its way still: its page is gone or put aside, and whoever sent the next
    /// could not know of it, since storage was full or broken, or know how long ago that was, since the clock was set.
    fn is_unknown(&self, one: &Exchange, next: &Exchange) -> bool {
        let between = |ms: &u64| (one.sent_ms..=next.sent_ms).contains(ms);
        let gone = self.died_ms(one.tab).as_ref().is_some_and(between)
            || self.was_put_aside(one.tab, one.sent_ms, next.sent_ms);
        let unknown = self.bad_storage.iter().any(|(from, to)| *from <= one.sent_ms && one.sent_ms <= *to)
            || self.clock_moved_ms.iter().any(between);
        gone && unknown
    }

    /// Why `again` found the token spent by `first`; none: there is no reason but the client's.
    fn reason(&self, first: &Exchange, again: &Exchange) -> Option<Ended> {
        let ended_ms = first.ended_ms.unwrap_or(u64::MAX);
        let until_ms = self.stored_by_ms(ended_ms);
        let broke = |ms: &u64| (first.sent_ms..=ended_ms).contains(ms);
        let lost = matches!(first.fault, Some(Fault::AnswerLost | Fault::Slow))
            || self.clock_moved_ms.iter().chain(&self.offline_ms).any(broke);
        if std::ptr::eq(first, again) {
            (first.fault == Some(Fault::Duplicated)).then_some(Ended::SentTwice)
        } else if again.sent_ms < first.sent_ms {
            self.is_unknown(again, first).then_some(Ended::Overtaken)
        } else if self.died_ms(first.tab).is_some_and(|ms| ms <= until_ms && ms <= again.sent_ms) {
            Some(Ended::TabDied)
        } else if !first.delivered && lost {
            Some(Ended::AnswerLost)
        } else if self.was_put_aside(first.tab, first.sent_ms, until_ms.min(again.sent_ms)) {
            Some(Ended::TabPutAside)
        } else {
            None
        }
    }

    /// Why each grant ended that the server saw reused.
    pub fn ends(&self) -> BTreeMap<Ended, usize> {
        let log = self.scene.world.network().log();
        let mut ends = BTreeMap::new();
        self.scene.cloud.look(|cloud| {
            for reuse in &cloud.reuses {
                let (first, again) = (&log[reuse.spent_by], &log[reuse.exchange]);
                match self.reason(first, again) {
                    Some(kind) => *ends.entry(kind).or_default() += 1,
                    None => self
                        .watch
                        .wrong(format!("a spent token was sent again for no reason: {first:?}, then {again:?}")),
                }
            }
        });
        ends
    }

    /// One refresh of a grant at a time. On the side of the pages: nobody sends while another waits, but for one that was put
    /// aside, and so lost its lock with its request under way. And on the way: none arrives after the next was sent, but one that
    /// nobody could know of.
    pub fn check_one_at_a_time(&self) {
        let log = self.scene.world.network().log();
        let mut grants: BTreeMap<usize, Vec<&Exchange>> = BTreeMap::new();
        self.scene.cloud.look(|cloud| {
            for sent in self.sent.borrow().iter() {
                let grant = cloud.refresh_tokens[&sent.refresh_token].grant;
                grants.entry(grant).or_default().push(&log[sent.exchange]);
            }
        });
        for sent in grants.values() {
            for pair in sent.windows(2) {
                let (one, next) = (pair[0], pair[1]);
                let waits = one.ended_ms.is_none_or(|ms| next.sent_ms < ms);
                if waits && !self.was_put_aside(one.tab, one.sent_ms, next.sent_ms) {
                    self.watch.wrong(format!("two token requests at one time: {one:?} and {next:?}"));
                }
                let late = one.arrived_ms.is_some_and(|ms| ms > next.sent_ms);
                if late && !self.is_unknown(one, next) {
                    self.watch.wrong(format!("sent while another was on its way: {one:?} and {next:?}"));
                }
            }
        }
    }

    /// No grant of hers ended otherwise, and none was renewed while its token was good, but for a reason.
    pub fn check_server(&self) {
        self.scene.cloud.look(|cloud| {
            for (revoked, at_ms) in &cloud.revoked {
                // One that another sign-in took the place of may be.
                let current = self.sign_ins.iter().rfind(|(_, since_ms)| since_ms <= at_ms);
                if current.is_some_and(|(grant, _)| grant == revoked) {
                    self.watch.wrong("a grant was revoked that nobody gave up".to_owned());
                }
            }
        });
        self.check_renewals();
    }

    /// Each token is renewed once, near its end: earlier only where nobody could hand it over, or where it is refused, or seems
    /// to have ended by a clock that was set forth.
    fn check_renewals(&self) {
        let log = self.scene.world.network().log();
        let lost_ms = self.scene.world.origin("https://app.example").channels.lost_ms();
        let sent: BTreeMap<usize, Vec<u32>> =
            self.sent.borrow().iter().map(|sent| (sent.exchange, sent.holders.clone())).collect();
        self.scene.cloud.look(|cloud| {
            for (index, refresh) in cloud.refreshes.iter().enumerate() {
                if refresh.spare_ms <= EARLY_MS {
                    continue;
                }
                let this = &log[refresh.exchange];
                let before = cloud.refreshes[..index].iter().rev().find(|before| before.grant == refresh.grant);
                let since_ms = before.map_or(0, |before| log[before.exchange].sent_ms);
                let meanwhile = |ms: &u64| (since_ms..=this.sent_ms).contains(ms);
                // A call was refused in spite of its token.
                let refused = log.iter().any(|sent| sent.fault == Some(Fault::Status(401)) && meanwhile(&sent.sent_ms));
                let forth = self.set_forth_ms.iter().any(meanwhile);
                let unheard =
                    lost_ms.iter().any(|ms| (this.sent_ms.saturating_sub(HEARD_MS)..=this.sent_ms).contains(ms));
                let holders: Vec<&u32> = sent[&refresh.exchange].iter().filter(|tab| **tab != this.tab).collect();
                if !forth && !refused && !unheard && !holders.is_empty() {
                    self.watch.wrong(format!(
                        "renewed {} ms before its end by {this:?}, while {holders:?} had it, after {:?}",
                        refresh.spare_ms,
                        before.map(|before| &log[before.exchange])
                    ));
                }
            }
        });
    }
}
