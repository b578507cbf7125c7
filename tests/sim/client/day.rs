//! A day of a hundred tabs: sleep, clocks that jump, a network that loses a fifth of what it is given, tabs that die and are
//! put aside, storage that is full at times; and a server that rotates refresh tokens, detects their reuse and grants no grace.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Weak;

use roo_cloud_web::event::CloudEvent;
use roo_cloud_web::platform::sim::{Fault, Faults, Monotonic, Rng, seeds};

use super::*;
use crate::cloud::TOKEN_ENDPOINT;

const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// A hundred tabs cost about a second of one processor; so every fortieth seed has them, and the others have these.
const FEWER_TABS: usize = 15;
/// How early a token is renewed at most; and how late the request may arrive after it was decided.
const EARLY_MS: u64 = 60_000 + 15_000;
/// Storing takes no longer after an answer, where storage works.
const STORING_MS: u64 = 2_000;
/// What could not be stored is tried again so often, and somewhat later in hidden tabs.
const SAVED_AGAIN_MS: u64 = 15_000 + 90_000;

/// Why a sign-in ended through nobody's fault: the server had rotated the refresh token, and its successor never reached storage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ended {
    /// The answer was lost on its way, or came after its limit.
    AnswerLost,
    /// The browser sent the request twice, and the first answer was lost.
    SentTwice,
    /// The tab died while it waited, or before it could store what came.
    TabDied,
    /// The tab that asked died, or gave up, with its request on the way, and that arrived after the next tab's.
    Overtaken,
    /// The tab was put aside (back/forward cache) before it could.
    TabPutAside,
}

/// What the tabs told, checked as they told it.
#[derive(Default)]
struct Watch {
    wrong: RefCell<Vec<String>>,
    /// The grant of the person's last sign-in, once it stands.
    current: Cell<Option<usize>>,
}

impl Watch {
    fn wrong(&self, what: String) {
        self.wrong.borrow_mut().push(what);
    }

    /// Committed first, told afterwards, in order; and nobody is signed out whose grant lives.
    fn hear(
        &self,
        tab: u32,
        last: &Cell<AuthState>,
        service: Option<&CloudService<Tab>>,
        cloud: &Cloud,
        event: &CloudEvent,
    ) {
        match event {
            CloudEvent::AuthStateChanged { state, previous, .. } => {
                if last.replace(*state) != *previous || state == previous {
                    self.wrong(format!("tab {tab} told {state:?} after {previous:?} out of order"));
                }
                if service.is_some_and(|service| service.auth().state() != *state) {
                    self.wrong(format!("tab {tab} told {state:?} before it was so"));
                }
                let lives = |grant: usize| cloud.look(|cloud| cloud.grants[grant].alive);
                if *state == AuthState::LoggedOut
                    && *previous != AuthState::Initializing
                    && self.current.get().is_some_and(lives)
                {
                    self.wrong(format!("tab {tab} is signed out, and the grant lives"));
                }
            }
            CloudEvent::UserInfo(user) if service.is_some_and(|service| service.auth().user() != *user) => {
                self.wrong(format!("tab {tab} told of another person than there was"));
            }
            _ => {}
        }
    }
}

struct Day {
    scene: Scene,
    /// How many tabs are open at any time.
    wanted: usize,
    dice: Rng,
    watch: Rc<Watch>,
    clients: Vec<Client>,
    /// All tabs there ever were, by id.
    tabs: BTreeMap<u32, Tab>,
    /// Which are in the back/forward cache.
    aside: Vec<Client>,
    /// When each tab was put aside.
    put_aside_ms: Vec<(u32, u64)>,
    /// When storage began and ceased to be full or broken.
    bad_storage: Vec<(u64, u64)>,
    /// When the wall clock was set forth: tokens seem to end early.
    set_forth_ms: Vec<u64>,
    wall_shift_ms: i64,
    /// The tabs at a callback, whose first token request spends a code.
    callbacks: Vec<u32>,
    /// The grant of each sign-in, and since when it stood.
    sign_ins: Vec<(usize, u64)>,
}

impl Day {
    fn new(seed: u64) -> Self {
        let scene = Scene::new(seed);
        let dice = scene.world.rng().fork();
        let all = seed.is_multiple_of(40) || std::env::var_os("SIM_HUNDRED_TABS").is_some();
        Self {
            wanted: if all { 100 } else { FEWER_TABS },
            scene,
            dice,
            watch: Rc::default(),
            clients: Vec::new(),
            tabs: BTreeMap::new(),
            aside: Vec::new(),
            put_aside_ms: Vec::new(),
            bad_storage: Vec::new(),
            set_forth_ms: Vec::new(),
            wall_shift_ms: 0,
            callbacks: Vec::new(),
            sign_ins: Vec::new(),
        }
    }

    /// A client in a new tab; `None`: the tab died of it.
    fn open(&mut self, options: TabOptions) -> Option<Client> {
        let tab = self.scene.world.open_tab_with(options);
        self.tabs.insert(tab.id(), tab.clone());
        let me: Rc<RefCell<Weak<CloudService<Tab>>>> = Rc::default();
        let (service, watch, cloud, id) = (me.clone(), self.watch.clone(), self.scene.cloud.clone(), tab.id());
        let last = Cell::new(AuthState::Initializing);
        let outside = Rc::new(move |event: &CloudEvent| {
            let service = service.borrow().upgrade();
            watch.hear(id, &last, service.as_deref(), &cloud, event);
        });
        let created = tab.start(CloudService::create(Rc::new(tab.clone()), config(), outside));
        let service = self.scene.world.run(created)?.expect("nothing in storage or on the network makes it fail");
        *me.borrow_mut() = Rc::downgrade(&service);
        Some(Client { tab, service, heard: Rc::default(), watch: Rc::default() })
    }

    fn run_for(&self, ms: u64) {
        self.scene.world.run_for(ms);
    }

    fn grant_lives(&self) -> bool {
        self.watch.current.get().is_some_and(|grant| self.scene.cloud.look(|cloud| cloud.grants[grant].alive))
    }

    /// The person signs in, and tries again until it works.
    fn sign_in(&mut self) {
        for _ in 0..200 {
            let Some(client) = self.open(TabOptions::default()) else { continue };
            drop(client.start(|service| async move { service.login(SignInOptions::default(), None, None).await }));
            self.run_for(12_000);
            let url = client.tab.navigations().first().cloned();
            client.tab.kill();
            let Some(url) = url else { continue };
            let callback = self.scene.cloud.sign_in(&url, "user_ada").expect("the server knows her");
            self.run_for(self.dice.between((1_000, 20_000)));
            let Some(client) = self.open(TabOptions::at(&callback)) else { continue };
            self.callbacks.push(client.tab.id());
            let done = client.start(move |service| async move { service.handle_callback(&callback).await });
            if let Some(Ok(_)) = self.scene.world.run(done) {
                self.watch.current.set(self.scene.cloud.look(|cloud| cloud.grants.len().checked_sub(1)));
                self.sign_ins.extend(self.watch.current.get().map(|grant| (grant, self.scene.world.true_ms())));
                self.clients.push(client);
                return;
            }
            client.tab.kill();
        }
        panic!("nobody can sign in");
    }

    fn keep_tabs(&mut self) {
        self.clients.retain(|client| client.tab.is_alive());
        self.aside.retain(|client| client.tab.is_alive());
        while self.clients.len() + self.aside.len() < self.wanted {
            if let Some(client) = self.open(TabOptions::default()) {
                if self.dice.chance(0.95) {
                    client.tab.hide();
                }
                self.clients.push(client);
            }
        }
    }

    fn any(&self) -> Option<&Client> {
        self.clients.get(self.dice.index(self.clients.len()))
    }

    /// One thing that happens on such a day.
    fn happens(&mut self) {
        let world = &self.scene.world;
        match self.dice.below(20) {
            0..4 => {
                // Another tab is looked at.
                for client in &self.clients {
                    if self.dice.chance(0.02) {
                        client.tab.show();
                    } else if self.dice.chance(0.5) {
                        client.tab.hide();
                    }
                }
            }
            4..6 => {
                for client in &self.clients {
                    if self.dice.chance(0.05) {
                        client.tab.close();
                    }
                }
            }
            6..8 => {
                for client in &self.clients {
                    if self.dice.chance(0.1) {
                        client.tab.kill_at_poll(self.dice.between((1, 300)));
                    }
                }
            }
            8..10 => {
                let index = self.dice.index(self.clients.len());
                if index < self.clients.len() {
                    let client = self.clients.swap_remove(index);
                    client.tab.enter_back_forward_cache();
                    self.put_aside_ms.push((client.tab.id(), world.now_ms()));
                    self.aside.push(client);
                }
            }
            10..12 => {
                if let Some(client) = self.aside.pop() {
                    client.tab.thaw();
                    client.tab.show();
                    self.clients.push(client);
                }
            }
            12 => {
                let ms = self.dice.between((MINUTE_MS, 90 * MINUTE_MS));
                let monotonic = if self.dice.chance(0.5) { Monotonic::StopsInSleep } else { Monotonic::RunsInSleep };
                world.sleep_machine(ms, monotonic);
            }
            13 => {
                let by_ms = i64::try_from(self.dice.between((0, 20 * MINUTE_MS))).expect("small")
                    - i64::try_from(10 * MINUTE_MS).expect("small");
                self.wall_shift_ms += by_ms;
                world.jump_wall_clock(by_ms);
                if by_ms > 0 {
                    self.set_forth_ms.push(world.now_ms());
                }
            }
            14 => {
                world.set_online(false);
                world.run_for(self.dice.between((1_000, 5 * MINUTE_MS)));
                world.set_online(true);
            }
            15 => {
                let origin = world.origin("https://app.example");
                let began_ms = world.now_ms();
                let (full, broken) = if self.dice.chance(0.5) { (1.0, 0.0) } else { (0.0, 0.7) };
                origin.storage.set_full_probability(full);
                origin.storage.set_abort_probability(broken);
                world.run_for(self.dice.between((1_000, 15 * MINUTE_MS)));
                origin.storage.set_full_probability(0.0);
                origin.storage.set_abort_probability(0.0);
                self.bad_storage.push((began_ms, world.now_ms()));
            }
            16 => {
                // A call that is refused although the token should be good.
                if let Some(client) = self.any() {
                    world.network().fail_next(SETTINGS, Fault::Status(401));
                    drop(client.start(|service| async move { service.refresh_settings().await }));
                }
            }
            _ => {}
        }
    }

    fn live(&mut self) {
        let network = self.scene.world.network();
        let bad = Faults { duplicated: 0.002, slow: 0.01, ..Faults::failing(0.13).losing_answers(0.05) };
        network.set_faults("", bad);
        network.set_faults(TOKEN_ENDPOINT, Faults { page_dies: 0.03, ..bad });
        self.scene.world.origin("https://app.example").channels.set_loss_probability(0.001);
        self.sign_in();
        let saved = self.clients[0]
            .start(|service| async move { service.profiles().save("mine", br#"{"apiProvider":"ollama"}"#).await });
        self.scene.world.run(saved).expect("the tab lives").expect("saved");
        self.keep_tabs();
        let began_ms = self.scene.world.true_ms();
        while self.scene.world.true_ms() < began_ms + DAY_MS {
            self.run_for(self.dice.between((10_000, 8 * MINUTE_MS)));
            self.happens();
            self.keep_tabs();
            // Whoever sees that they are signed out signs in again.
            if !self.grant_lives() && self.clients.iter().any(|client| client.state() == AuthState::LoggedOut) {
                self.sign_in();
            }
        }
    }

    /// The weather clears up, and every tab that is looked at is signed in, as the same person, with what is theirs.
    fn settle(&mut self) {
        let network = self.scene.world.network();
        network.set_faults("", Faults::default());
        network.set_faults(TOKEN_ENDPOINT, Faults::default());
        self.run_for(30 * MINUTE_MS);
        if !self.grant_lives() {
            self.sign_in();
        }
        for client in self.aside.drain(..) {
            client.tab.thaw();
            self.clients.push(client);
        }
        self.clients.retain(|client| client.tab.is_alive());
        for client in &self.clients {
            client.tab.show();
        }
        self.run_for(2 * MINUTE_MS);
        self.clients.retain(|client| client.tab.is_alive());
        for client in &self.clients {
            let user = client.service.auth().user().and_then(|user| user.id);
            if (client.state(), user.as_deref()) != (AuthState::ActiveSession, Some("user_ada")) {
                self.watch.wrong(format!("tab {} ends the day as {:?}", client.tab.id(), client.state()));
            }
            if client.profiles()["mine"]["apiProvider"] != "ollama" {
                self.watch.wrong(format!("tab {} lost a profile", client.tab.id()));
            }
        }
    }

    fn died_ms(&self, tab: u32) -> Option<u64> {
        self.tabs.get(&tab).and_then(Tab::died_ms)
    }

    /// Until when what was answered at `answered_ms` may have stood in memory alone.
    fn stored_by_ms(&self, answered_ms: u64) -> u64 {
        let bad = self.bad_storage.iter().filter(|(from, to)| *from <= answered_ms + STORING_MS && answered_ms <= *to);
        bad.map(|(_, to)| to + SAVED_AGAIN_MS).max().unwrap_or(answered_ms + STORING_MS)
    }

    /// Why each grant ended that the server saw reused.
    fn ends(&self) -> BTreeMap<Ended, usize> {
        let log = self.scene.world.network().log();
        let mut ends = BTreeMap::new();
        self.scene.cloud.look(|cloud| {
            for reuse in &cloud.reuses {
                let first = &log[reuse.spent_by];
                let ended_ms = first.ended_ms.unwrap_or(u64::MAX);
                let until_ms = self.stored_by_ms(ended_ms);
                let died = self.died_ms(first.tab).is_some_and(|died_ms| died_ms <= until_ms);
                let aside = self
                    .put_aside_ms
                    .iter()
                    .any(|(tab, ms)| *tab == first.tab && *ms >= first.sent_ms && *ms <= until_ms);
                let kind = if reuse.spent_by == reuse.exchange {
                    Ended::SentTwice
                } else if log[reuse.exchange].sent_ms < first.sent_ms && !log[reuse.exchange].delivered {
                    Ended::Overtaken
                } else if died {
                    Ended::TabDied
                } else if !first.delivered {
                    Ended::AnswerLost
                } else if aside {
                    Ended::TabPutAside
                } else {
                    self.watch.wrong(format!(
                        "a spent token was sent again for no reason: {first:?}, then {:?}",
                        log[reuse.exchange]
                    ));
                    continue;
                };
                *ends.entry(kind).or_default() += 1;
            }
        });
        ends
    }

    /// One refresh at a time: of each it is known when the page began to wait for it, and ceased. A page that is put aside loses
    /// its lock with its request under way.
    fn check_one_at_a_time(&self) {
        let mut log = self.scene.world.network().log();
        log.retain(|exchange| exchange.url == TOKEN_ENDPOINT && exchange.ended_ms != Some(exchange.sent_ms));
        for tab in &self.callbacks {
            let code = log.iter().position(|exchange| exchange.tab == *tab);
            code.map(|index| log.remove(index));
        }
        for (index, one) in log.iter().enumerate() {
            let ended_ms = one.ended_ms.unwrap_or(u64::MAX);
            let aside = |ms: u64| one.sent_ms <= ms && ms <= ended_ms;
            if self.put_aside_ms.iter().any(|(tab, ms)| *tab == one.tab && aside(*ms)) {
                continue;
            }
            if let Some(other) = log[index + 1..].iter().find(|other| other.sent_ms < ended_ms) {
                self.watch.wrong(format!("two token requests at one time: {one:?} and {other:?}"));
            }
        }
    }

    /// No grant of hers ended otherwise, and none was renewed while its token was good, but for a reason.
    fn check_server(&self) {
        self.scene.cloud.look(|cloud| {
            for (revoked, at_ms) in &cloud.revoked {
                // One that another sign-in took the place of may be.
                let current = self.sign_ins.iter().rfind(|(_, since_ms)| since_ms <= at_ms);
                if current.is_some_and(|(grant, _)| grant == revoked) {
                    self.watch.wrong("a grant was revoked that nobody gave up".to_owned());
                }
            }
            let log = self.scene.world.network().log();
            for (index, refresh) in
                cloud.refreshes.iter().enumerate().filter(|(_, refresh)| refresh.spare_ms > EARLY_MS)
            {
                let now_ms = log[refresh.exchange].sent_ms;
                let before = cloud.refreshes[..index].iter().rev().find(|before| before.grant == refresh.grant);
                let (since_ms, by) = before.map_or((0, None), |before| {
                    let first = &log[before.exchange];
                    (first.sent_ms, Some(first.tab))
                });
                // A call was refused in spite of its token.
                let refused = log
                    .iter()
                    .any(|sent| sent.fault == Some(Fault::Status(401)) && (since_ms..=now_ms).contains(&sent.sent_ms));
                let forth = self.set_forth_ms.iter().any(|ms| (since_ms..=now_ms).contains(ms));
                // Whoever got the token is gone, or it never came: nobody can hand it over.
                let lost = by.is_none_or(|tab| {
                    self.died_ms(tab).is_some_and(|ms| ms <= now_ms)
                        || self.put_aside_ms.iter().any(|(aside, ms)| *aside == tab && *ms <= now_ms)
                });
                if !forth && !lost && !refused {
                    self.watch.wrong(format!(
                        "renewed {} ms before its end by {:?}, after {:?}",
                        refresh.spare_ms,
                        log[refresh.exchange],
                        before.map(|before| &log[before.exchange])
                    ));
                }
            }
        });
    }
}

#[test]
fn d4_d6_d7_a_day_of_a_hundred_tabs_signs_nobody_out_but_where_the_answer_is_lost() {
    let began = std::time::Instant::now();
    let totals: std::sync::Mutex<(u64, u64, usize, BTreeMap<Ended, usize>)> = std::sync::Mutex::default();
    seeds(200, |seed| {
        let mut day = Day::new(seed);
        day.live();
        day.settle();
        let ends = day.ends();
        day.check_server();
        day.check_one_at_a_time();
        let wrong = day.watch.wrong.take();
        assert!(wrong.is_empty(), "{} things went wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
        if let Ok(mut totals) = totals.lock() {
            totals.0 += 1;
            totals.1 += day.scene.cloud.look(|cloud| cloud.refreshes.len() as u64);
            totals.2 += day.sign_ins.len();
            for (kind, count) in ends {
                *totals.3.entry(kind).or_default() += count;
            }
        }
    });
    if let Ok(totals) = totals.into_inner() {
        let (days, refreshes, sign_ins, ends) = totals;
        println!(
            "{days} days in {:.1} s: {refreshes} refreshes, {sign_ins} sign-ins, ended: {ends:?}",
            began.elapsed().as_secs_f64()
        );
    }
}
