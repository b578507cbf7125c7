//! No event is lost: five tabs that are killed at any await, a network that fails, storage that is full at times, people who
//! take turns. `SIM_EVENTS=100000` runs as many events per seed; a failing seed prints itself (`SIM_SEED`).

use std::collections::{BTreeMap, BTreeSet};

use roo_cloud_web::event::Account;
use roo_cloud_web::platform::sim::{Faults, seeds};

use super::events::EVENTS;
use super::*;

const TABS: usize = 5;
const SEEDS: u64 = 200;
/// Events per seed.
const MOST_EVENTS: usize = 2_000;

/// A client and the events it took in, in order.
struct Life {
    client: Client,
    captured: Vec<(String, Account)>,
}

struct Story {
    scene: Scene,
    /// Those that live, and those that do not.
    living: Vec<Life>,
    dead: Vec<Life>,
    captured: usize,
    /// Who uses the machine.
    person: &'static str,
    /// So often in a row nobody was signed in.
    fruitless: u32,
}

fn roomy() -> Config {
    let mut config = config();
    config.telemetry.max_queue_bytes = usize::MAX;
    config
}

impl Story {
    fn begin(seed: u64) -> Self {
        let scene = Scene::new(seed);
        let first = scene.signed_in_with(roomy, "user_ada");
        let mut story =
            Self { scene, living: Vec::new(), dead: Vec::new(), captured: 0, person: "user_ada", fruitless: 0 };
        story.living.push(Life { client: first, captured: Vec::new() });
        story.fill_up();
        story
    }

    /// Opens as many tabs as have died.
    fn fill_up(&mut self) {
        let (dead, living) = std::mem::take(&mut self.living).into_iter().partition(|life| !life.client.tab.is_alive());
        self.living = living;
        self.dead.extend::<Vec<Life>>(dead);
        while self.living.len() < TABS {
            let client = self.scene.create(&self.scene.world.open_tab(), roomy());
            self.living.push(Life { client, captured: Vec::new() });
        }
    }

    /// `person` signs in, in a tab of their own, and so in all tabs.
    fn sign_in(&mut self, person: &'static str) {
        self.person = person;
        self.scene.world.origin("https://app.example").storage.set_full_probability(0.0);
        let client = self.scene.signed_in_with(roomy, person);
        self.living.push(Life { client, captured: Vec::new() });
    }

    fn capture(&mut self, events: u64) {
        // A tab that was killed while it refreshed may have cost the sign-in.
        self.fruitless += 1;
        if self.fruitless > 20 {
            self.sign_in(self.person);
        }
        let at = self.scene.world.rng().index(self.living.len());
        let Some(life) = self.living.get_mut(at) else { return };
        for _ in 0..events {
            let account = life.client.service.auth().user().and_then(|user| user.account());
            let (Some(account), true) = (account, life.client.tab.is_alive()) else { return };
            let event = json!({"type": "Task Created", "properties": {"taskId": self.captured.to_string()}});
            let id = life.client.service.telemetry().capture(event.to_string().as_bytes()).expect("taken in").text();
            life.captured.push((id, account));
            self.captured += 1;
            self.fruitless = 0;
        }
    }

    /// Something goes wrong somewhere.
    fn disturb(&mut self) {
        let world = &self.scene.world;
        let rng = world.rng();
        let tab = &self.living[rng.index(self.living.len())].client.tab;
        match rng.below(12) {
            0..=3 => tab.kill_at_poll(rng.between((1, 300))),
            4 => tab.kill(),
            5 => tab.close(),
            6 => tab.hide(),
            7 => tab.show(),
            8 => world.origin("https://app.example").storage.set_full_probability(1.0),
            9 => world.origin("https://app.example").storage.set_full_probability(0.5),
            _ => world.origin("https://app.example").storage.set_full_probability(0.0),
        }
    }

    /// What the cloud has is what was captured.
    fn check(mut self) {
        self.dead.append(&mut self.living);
        self.scene.cloud.look(|cloud| {
            let mut known = BTreeSet::new();
            for (number, life) in self.dead.iter().enumerate() {
                let stats = life.client.stats();
                assert_eq!(stats["dropped"], json!({}), "of {number}");
                let unstored = life.client.service.telemetry().unstored();
                let mut last = BTreeMap::new();
                for (position, (id, account)) in life.captured.iter().enumerate() {
                    let Some(event) = cloud.events.get(id) else {
                        assert!(!life.client.tab.is_alive(), "event {position} of tab {number}, which lives, is lost");
                        let from_end = life.captured.len() - position;
                        assert!(from_end <= unstored, "event {position} of tab {number} is lost, {unstored} unstored");
                        continue;
                    };
                    assert_eq!((&event.person, &event.organization), (&account.user_id, &account.organization_id));
                    let before = last.insert(&account.user_id, event.number);
                    assert!(before < Some(event.number), "event {position} of tab {number} came before an earlier one");
                    assert!(known.insert(id.clone()));
                }
            }
            assert_eq!(known.len(), cloud.events.len(), "the cloud has nothing that nobody captured");
        });
    }
}

#[test]
fn every_event_arrives_once_in_order_and_as_whose_it_is_or_was_unstored_when_its_tab_was_killed() {
    let events = std::env::var("SIM_EVENTS").ok().and_then(|events| events.parse().ok()).unwrap_or(MOST_EVENTS);
    seeds(SEEDS, |seed| {
        let mut story = Story::begin(seed);
        story.scene.world.network().set_faults(EVENTS, Faults::failing(0.3).losing_answers(0.1));
        let mut turns = ["user_ben", "user_ada", "user_ben"].into_iter();
        let mut next_turn = events / 4;
        while story.captured < events {
            let rng = story.scene.world.rng();
            let (burst, pause_ms, disturbs) = (rng.between((1, 60)), rng.between((0, 600)), rng.chance(0.3));
            story.capture(burst);
            if disturbs {
                story.disturb();
            }
            story.scene.world.run_for(pause_ms);
            story.fill_up();
            if story.captured >= next_turn
                && let Some(person) = turns.next()
            {
                story.sign_in(person);
                next_turn += events / 4;
            }
        }
        // In the end there is room, and a way; whoever comes back gets their own events sent.
        story.scene.world.network().set_faults(EVENTS, Faults::default());
        story.scene.world.origin("https://app.example").storage.set_full_probability(0.0);
        for person in ["user_ada", "user_ben"] {
            story.sign_in(person);
            for life in &story.living {
                life.client.tab.show();
            }
            story.scene.world.run_for(15 * MINUTE_MS);
        }
        story.check();
    });
}
