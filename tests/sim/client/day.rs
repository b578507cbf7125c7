//! A day of a hundred tabs: sleep, clocks that jump, a network that loses a fifth of what it is given, tabs that die and are
//! put aside, storage that is full at times; and a server that rotates refresh tokens, detects their reuse and grants no grace.

mod checks;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::rc::Weak;

use roo_cloud_web::event::CloudEvent;
use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Fault, Faults, Monotonic, Rng, seeds};

use super::*;
use crate::cloud::TOKEN_ENDPOINT;
use checks::Ended;

const DAY_MS: u64 = 24 * 60 * MINUTE_MS;
/// A hundred tabs cost about a second of one processor; so every fortieth seed has them, and the others have these.
const FEWER_TABS: usize = 15;

/// A refresh token on its way, as it left its tab.
struct Sent {
    /// The request: an index into the network's log.
    exchange: usize,
    refresh_token: String,
    /// Tabs that run and could have handed over a token that is good for a while.
    holders: Vec<u32>,
}

/// Every tab's client, for looks at the very moment that one of them asks.
type Everybody = Rc<RefCell<Vec<(Tab, Weak<CloudService<Tab>>)>>>;

/// Watches the token endpoint: which tab sends which refresh token, and who could have spared it that.
fn watch_requests(scene: &Scene, everybody: &Everybody) -> Rc<RefCell<Vec<Sent>>> {
    let sent: Rc<RefCell<Vec<Sent>>> = Rc::default();
    let (seen, cloud, everybody) = (sent.clone(), scene.cloud.clone(), everybody.clone());
    scene.world.network().watch(TOKEN_ENDPOINT, move |request: &Request, exchange| {
        let form = form_urlencoded::parse(request.body.as_deref().unwrap_or_default()).into_owned();
        let Some((_, refresh_token)) = form.into_iter().find(|(name, _)| name == "refresh_token") else { return };
        let newest = cloud.look(|cloud| {
            let grant = cloud.refresh_tokens.get(&refresh_token)?.grant;
            let of_grant = cloud.access_tokens.iter().filter(|(_, token)| token.grant == grant);
            of_grant.max_by_key(|(_, token)| token.until_ms).map(|(value, _)| value.clone())
        });
        let has_newest = |service: &Weak<CloudService<Tab>>| {
            let token = service.upgrade().and_then(|service| service.auth().session_token());
            token.is_some_and(|token| Some(token.expose()) == newest.as_deref())
        };
        everybody.borrow_mut().retain(|(tab, _)| tab.is_alive());
        let holders = everybody
            .borrow()
            .iter()
            .filter(|(tab, service)| tab.is_running() && has_newest(service))
            .map(|(tab, _)| tab.id())
            .collect();
        seen.borrow_mut().push(Sent { exchange, refresh_token, holders });
    });
    sent
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
    /// When the network broke all connections.
    offline_ms: Vec<u64>,
    /// When the wall clock was set, or the machine slept.
    clock_moved_ms: Vec<u64>,
    everybody: Everybody,
    sent: Rc<RefCell<Vec<Sent>>>,
    /// The grant of each sign-in, and since when it stood.
    sign_ins: Vec<(usize, u64)>,
}

impl Day {
    fn new(seed: u64) -> Self {
        let scene = Scene::new(seed);
        let dice = scene.world.rng().fork();
        let everybody = Everybody::default();
        let sent = watch_requests(&scene, &everybody);
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
            offline_ms: Vec::new(),
            clock_moved_ms: Vec::new(),
            everybody,
            sent,
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
        let created = tab.start(create(tab.clone(), config(), outside));
        let service = self.scene.world.run(created)?.expect("nothing in storage or on the network makes it fail");
        *me.borrow_mut() = Rc::downgrade(&service);
        self.everybody.borrow_mut().push((tab.clone(), Rc::downgrade(&service)));
        service.start();
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
                self.clock_moved_ms.push(world.now_ms());
                world.sleep_machine(ms, monotonic);
            }
            13 => {
                let by_ms = i64::try_from(self.dice.between((0, 20 * MINUTE_MS))).expect("small")
                    - i64::try_from(10 * MINUTE_MS).expect("small");
                world.jump_wall_clock(by_ms);
                self.clock_moved_ms.push(world.now_ms());
                if by_ms > 0 {
                    self.set_forth_ms.push(world.now_ms());
                }
            }
            14 => {
                self.offline_ms.push(world.now_ms());
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
        loop {
            let saved = self.clients[0]
                .start(|service| async move { service.profiles().save("mine", br#"{"apiProvider":"ollama"}"#).await });
            if let Some(saved) = self.scene.world.run(saved) {
                saved.expect("saved");
                break;
            }
            // The tab that signed in died right after.
            self.clients.clear();
            self.sign_in();
        }
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
        if !self.grant_lives() {
            // One that was put aside in the middle of a refresh went on with it; `ends` looks whether it was that.
            self.sign_in();
            self.run_for(2 * MINUTE_MS);
        }
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
        assert!(
            wrong.is_empty(),
            "seed {seed}: {} things went wrong: {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(5)]
        );
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
        let seconds = began.elapsed().as_secs_f64();
        let days_per_second = f64::from(u32::try_from(days).unwrap_or(u32::MAX)) / seconds;
        println!(
            "{days} days in {seconds:.1} s ({days_per_second:.2} a second): {refreshes} refreshes, {sign_ins} sign-ins, ended: {ends:?}"
        );
    }
}
