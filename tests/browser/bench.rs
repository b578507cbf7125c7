//! The real platform passes the conformance suite, in each engine. Its tabs are clients of one namespace in one realm.

use std::rc::Rc;

use roo_cloud_web::platform::browser::{Browser, StorageChoice};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::conformance::{self, Bench};
use crate::http::SERVER;
use crate::support::{fresh_namespace, open_in};

struct BrowserBench;

impl Bench for BrowserBench {
    type Place = Browser;

    async fn tabs(&self, count: usize) -> Vec<Rc<Browser>> {
        let namespace = fresh_namespace();
        let mut tabs = Vec::new();
        for _ in 0..count {
            tabs.push(open_in(&namespace, StorageChoice::Auto).await);
        }
        tabs
    }

    fn server(&self) -> String {
        format!("{SERVER}/conformance")
    }
}

macro_rules! tests {
    ($($module:ident { $($check:ident)* })*) => {
        $(mod $module {
            use super::*;
            $(#[wasm_bindgen_test]
            async fn $check() {
                conformance::$module::$check(&BrowserBench).await;
            })*
        })*
    };
}

conformance_checks!(tests);
