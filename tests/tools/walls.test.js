import assert from "node:assert/strict";
import { test } from "node:test";
import { brokenWalls, references } from "./walls.js";

const LIB =
	"pub mod error;\npub use error::{CloudError, CloudResult as Outcome};\n";
const broken = (files) => brokenWalls({ "lib.rs": LIB, ...files });

test("arrows that point down stand", () => {
	const files = {
		"bindings/mod.rs":
			"use crate::service::CloudService;\nuse crate::platform::browser::Browser;\nuse wasm_bindgen::prelude::*;",
		"service.rs":
			"use crate::{auth::AuthService, share, api, platform::Clock, error::CloudError};",
		"auth/oauth/token.rs":
			"use crate::api::CloudApi;\nuse super::pkce;\nuse super::super::session;",
		"api/mod.rs": "use crate::platform::Http;\nuse crate::CloudError;",
		"event.rs": "use crate::error::CloudError;",
	};
	assert.deepEqual(broken(files), []);
});

test("an arrow that points up is broken, with its line", () => {
	assert.deepEqual(
		broken({
			"api/mod.rs": "//! use crate::service\n\nuse crate::auth::Session;",
		}),
		["src/api/mod.rs:3: api may not import auth"],
	);
	assert.deepEqual(
		broken({ "error.rs": "fn f() { crate::platform::now() }" }),
		["src/error.rs:1: error may not import platform"],
	);
});

test("features do not import each other, by whichever path", () => {
	const fault = ["src/share/mod.rs:1: share may not import telemetry"];
	assert.deepEqual(
		broken({
			"share/mod.rs":
				"use crate::{error::CloudError, telemetry::{Queue, Batch}};",
		}),
		[...fault, ...fault],
	);
	assert.deepEqual(
		broken({ "share/mod.rs": "use super::telemetry::Queue;" }),
		fault,
	);
	assert.deepEqual(
		broken({
			"share/mod.rs": "mod tests { use super::super::telemetry::Queue; }",
		}),
		fault,
	);
	assert.deepEqual(
		broken({ "share/mod.rs": "mod tests { use super::telemetry; }" }),
		[],
	);
});

test("a browser is named in two places only", () => {
	const source = 'use web_sys::Window; // js_sys\nlet text = "gloo_net";';
	assert.deepEqual(
		broken({ "platform/browser/http.rs": source, "bindings/mod.rs": source }),
		[],
	);
	assert.deepEqual(broken({ "platform/mod.rs": source }), [
		"src/platform/mod.rs:1: only platform/browser and bindings may name web_sys",
	]);
});

test("clocks and worlds are picked at the edge", () => {
	assert.equal(
		broken({ "auth/mod.rs": "let now = std::time::Instant::now();" }).length,
		1,
	);
	assert.equal(
		broken({ "service.rs": "use crate::platform::browser::Browser;" }).length,
		1,
	);
	assert.equal(
		broken({ "service.rs": "use crate::platform::sim::World;" }).length,
		1,
	);
	assert.deepEqual(
		broken({
			"service.rs":
				"#[cfg(test)] mod tests { use crate::platform::sim::World; }",
		}),
		[],
	);
});

test("a room that the house does not have is named", () => {
	assert.equal(broken({ "utils.rs": "" }).length, 1);
});

test("literals and comments hold no references", () => {
	const source = `/* crate::a */ "crate::b" r#"crate::c"# '"' crate::d::E; 'a: loop {}`;
	assert.deepEqual(
		references(source, ["x"]).map(({ path }) => path),
		[["d", "E"]],
	);
});
