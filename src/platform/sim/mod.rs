//! A seeded, single-threaded world of tabs over one storage, clock and network, for tests.
//!
//! Everything that happens in it is drawn from its seed: which of the ready tasks runs next, how long a request travels, what
//! goes wrong. The same seed makes the same run. Time goes on only when all tasks wait, so a simulated day costs what is done
//! in it.
//!
//! # How a scenario is written
//!
//! ```
//! use roo_cloud_web::platform::sim::{Faults, Monotonic, Reply, World, seeds};
//! use roo_cloud_web::platform::{Http, Request, Timers};
//!
//! seeds(20, |seed| {
//!     let world = World::new(seed);
//!     // The servers: one handler per prefix, closures over their own state.
//!     world.network().handle("https://cloud.example/", |request, ctx| {
//!         assert_eq!(request.method, "GET");
//!         Reply::json(200, format!(r#"{{"now":{}}}"#, ctx.now_ms))
//!     });
//!     world.network().set_faults("https://cloud.example/", Faults::failing(0.2).losing_answers(0.1));
//!
//!     // The tabs: each is a Platform. What runs in one is started in it, so that it can be killed and frozen with it.
//!     let tab = world.open_tab();
//!     let page = tab.clone();
//!     let answered = tab.start(async move {
//!         loop {
//!             let url = "https://cloud.example/time".to_owned();
//!             let request = Request { method: "GET", url, max_answer_bytes: 1000, ..Request::default() };
//!             if page.send(request).await.is_ok_and(|answer| answer.status == 200) {
//!                 return;
//!             }
//!             page.sleep(1000).await;
//!         }
//!     });
//!
//!     // The course of things: let time go by and do things to the world in between, then look.
//!     world.run_for(60_000);
//!     world.jump_wall_clock(-600_000);
//!     world.sleep_machine(8 * 3_600_000, Monotonic::StopsInSleep);
//!     assert_eq!(world.run(answered), Some(()));
//! });
//! ```
//!
//! - [`World::run`] runs a future of the scenario itself; [`World::run_for`] lets time go by; [`Tab::start`] begins work in a
//!   tab and gives a [`Task`] to wait on, which is `None` when the tab was killed.
//! - [`Tab::kill_at_poll`] over a range of numbers kills at every await there is.
//! - A failing seed says how to run it again: `SIM_SEED=17 cargo test --test sim name_of_the_test`. `SIM_SEEDS=10000` runs more.

mod channel;
mod clipboard;
mod crypto;
mod executor;
mod host;
mod locks;
mod network;
mod origin;
mod page;
mod rng;
mod seeds;
mod server;
mod storage;
mod tab;
mod world;

pub use channel::Channels;
pub use clipboard::SimCopy;
pub use locks::{LockGuard, LockTable};
pub use network::Network;
pub use origin::Origin;
pub use page::SimPopup;
pub use rng::Rng;
pub use seeds::seeds;
pub use server::{Ctx, Exchange, Fault, Faults, Handler, Reply};
pub use storage::Storage;
pub use tab::{PopupMode, StorageMode, Tab, TabOptions};
pub use world::{Monotonic, Task, World};
