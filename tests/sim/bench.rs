//! The simulated world passes the conformance suite, for several seeds.

use std::cell::Cell;
use std::rc::Rc;

use roo_cloud_web::platform::Request;
use roo_cloud_web::platform::sim::{Ctx, Reply, Tab, TabOptions, World, seeds};

use crate::conformance::{self, Bench};

const SERVER: &str = "https://conformance.example";

struct SimBench {
    world: World,
    origins: Cell<u32>,
}

impl SimBench {
    fn new(seed: u64) -> Self {
        let world = World::new(seed);
        world.network().handle(SERVER, serve);
        Self { world, origins: Cell::new(0) }
    }
}

impl Bench for SimBench {
    type Place = Tab;

    async fn tabs(&self, count: usize) -> Vec<Rc<Tab>> {
        self.origins.set(self.origins.get() + 1);
        let address = format!("https://app{}.example/page", self.origins.get());
        (0..count).map(|_| Rc::new(self.world.open_tab_with(TabOptions::at(&address)))).collect()
    }

    fn server(&self) -> String {
        SERVER.to_owned()
    }
}

/// The server that `conformance::http` describes.
fn serve(request: &Request, _ctx: &mut Ctx) -> Reply {
    let path = &request.url[SERVER.len()..];
    let (route, number) = path[1..].split_once('/').unwrap_or((&path[1..], "0"));
    let number: u16 = number.parse().unwrap_or_default();
    match route {
        "echo" => {
            let reply = Reply::status(200).body(request.body.as_deref().unwrap_or_default());
            match request.headers.iter().find(|(name, _)| *name == "if-none-match") {
                Some((_, etag)) => reply.header("ETag", etag),
                None => reply,
            }
        }
        "status" if number == 304 => Reply::status(304),
        "status" => Reply::status(number).body(format!("status {number}")),
        "bytes" => Reply::status(200).body(vec![1; path[7..].parse().unwrap_or_default()]),
        "redirect" => Reply::status(number).header("Location", "/echo"),
        "hang" => Reply::status(200).after_ms(u64::MAX / 2),
        _ => Reply::status(404),
    }
}

macro_rules! tests {
    ($($module:ident { $($check:ident)* })*) => {
        $(mod $module {
            use super::*;
            $(#[test]
            fn $check() {
                seeds(20, |seed| {
                    let bench = SimBench::new(seed);
                    bench.world.run(conformance::$module::$check(&bench));
                });
            })*
        })*
    };
}

conformance_checks!(tests);
