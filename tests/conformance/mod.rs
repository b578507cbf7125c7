//! What every platform promises, trait by trait: the same checks pass in the simulated world and in every browser.
//!
//! A world joins by a [`Bench`] and by giving `conformance_checks!` the macro that makes a test of each check, so that none can
//! be forgotten. Include this with `#[macro_use] #[path = "../conformance/mod.rs"] mod conformance;`.

#![allow(clippy::expect_used, reason = "a check fails by panicking")]

use std::future::Future;
use std::rc::Rc;

use roo_cloud_web::platform::{Platform, Timers};

pub mod channel;
pub mod clipboard;
pub mod clock;
pub mod crypto;
pub mod host;
pub mod http;
pub mod locks;
pub mod page;
pub mod store;
pub mod timers;

/// How long a check waits for what must happen, in milliseconds.
pub const PATIENCE_MS: u64 = 10_000;

/// Where platforms to check come from.
pub trait Bench {
    /// The platform.
    type Place: Platform;
    /// So many tabs over one storage that is empty and that no earlier call gave.
    fn tabs(&self, count: usize) -> impl Future<Output = Vec<Rc<Self::Place>>>;
    /// The server that [`http`] describes, without a slash at the end.
    fn server(&self) -> String;
}

/// One tab.
pub async fn tab<B: Bench>(bench: &B) -> Rc<B::Place> {
    bench.tabs(1).await.remove(0)
}

/// Two tabs over one storage.
pub async fn two_tabs<B: Bench>(bench: &B) -> (Rc<B::Place>, Rc<B::Place>) {
    let mut tabs = bench.tabs(2).await;
    (tabs.remove(0), tabs.remove(0))
}

/// Waits until `condition` holds.
pub async fn until(timers: &impl Timers, what: &str, condition: impl Fn() -> bool) {
    let mut waited_ms = 0;
    while !condition() {
        assert!(waited_ms < PATIENCE_MS, "waited {PATIENCE_MS} ms until {what}");
        timers.sleep(20).await;
        waited_ms += 20;
    }
}

/// Hands all checks, grouped by module, to the macro `$each`.
#[macro_export]
macro_rules! conformance_checks {
    ($each:ident) => {
        $each! {
            store {
                reads_what_was_written
                keeps_every_byte
                gives_a_new_version_to_every_write
                writes_only_what_was_expected
                writes_all_or_nothing
                deletes
                lists_keys_by_prefix
                shares_records_between_tabs
                lets_one_of_two_racing_writers_win
                loses_no_increment
                takes_large_and_many_records
            }
            clock {
                tells_the_time
                never_goes_back
            }
            timers {
                wake_in_order_of_time
                never_wake_early
                take_any_duration
                run_tasks_beside
            }
            locks {
                exclude_each_other
                are_handed_over_in_order
                exclude_within_one_tab
                withdraw_dropped_requests
                know_names_apart
            }
            channel {
                reaches_others_and_not_itself
                keeps_the_order_of_one_sender
                knows_names_apart
                stops_when_the_subscription_is_dropped
            }
            crypto {
                draws_different_bytes
                hashes
                opens_what_it_sealed
                seals_differently_every_time
                refuses_other_additional_data
                refuses_changed_bytes
                opens_in_other_tabs_of_the_storage_only
                makes_one_signing_key_for_all_tabs
            }
            clipboard {
                ends_every_copy
            }
            page {
                parses_urls
                refuses_what_is_no_absolute_url
                knows_and_replaces_its_address
            }
            host {
                opens_nothing_where_there_is_none
            }
            http {
                sends_and_receives_bytes
                sends_and_receives_headers
                gives_every_status
                refuses_redirects
                refuses_too_large_answers
                fails_where_nobody_listens
                gives_up_when_dropped
                grants_keepalive_its_budget_only
            }
        }
    };
}
