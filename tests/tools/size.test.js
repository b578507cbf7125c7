import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { owner, parts } from "./size.js";

const WASM_AS = fileURLToPath(
	new URL("../node_modules/.bin/wasm-as", import.meta.url),
);

test("every byte of a module's code has the name of its function", () => {
	const folder = mkdtempSync(join(tmpdir(), "roo-cloud-web-size-"));
	try {
		const file = join(folder, "module.wasm");
		const text = `(module
			(import "env" "imported" (func $imported (param i32)))
			(import "env" "memory" (memory 1))
			(data (i32.const 0) "eleven more")
			(func $roo_cloud_web::profiles::merge (export "merge") (call $imported (i32.const 1)))
			(func $core::fmt::write (export "write") (nop)))`;
		execFileSync(WASM_AS, ["--debuginfo", "-o", file, "-"], { input: text });
		const found = parts(readFileSync(file));
		const bytes = (name) => found.find((part) => part.name === name)?.bytes;
		assert.ok(
			bytes("roo_cloud_web::profiles::merge") > bytes("core::fmt::write"),
		);
		assert.ok(bytes("(data)") > 11);
		assert.equal(bytes("(unnamed)"), undefined);
	} finally {
		rmSync(folder, { recursive: true });
	}
});

test("generic code belongs to the module that asks for it, the rest to its crate", () => {
	for (const [name, expected] of [
		["roo_cloud_web::profiles::merge::plan", "roo_cloud_web::profiles"],
		[
			"core::ptr::drop_in_place<roo_cloud_web::auth::Session>",
			"roo_cloud_web::auth",
		],
		[
			"<roo_cloud_web::error::CloudError as core::fmt::Display>::fmt",
			"roo_cloud_web::error",
		],
		["core::fmt::write", "core::fmt"],
		["<alloc::string::String as core::clone::Clone>::clone", "alloc::string"],
		["dlmalloc::dlmalloc::Dlmalloc<A>::malloc", "dlmalloc"],
		["__wbindgen_malloc", "runtime and glue"],
		["(data)", "(data)"],
	]) {
		assert.equal(owner(name), expected);
	}
});
