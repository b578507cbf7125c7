#!/usr/bin/env bash
# Weighs what a page loads, compares it with the budget, and tells which modules the bytes belong to.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh size
tests/tools/build.sh

# The same build once more, with its functions' names, in a target folder of its own so that neither build undoes the other.
named=$CARGO_TARGET_DIR/size
say "size: building with names"
CARGO_TARGET_DIR=$named cargo rustc --quiet --release --lib --crate-type cdylib --target wasm32-unknown-unknown --config 'profile.release.strip="none"'
wasm-bindgen --target web --no-typescript --out-dir "$named/bindgen" "$named/wasm32-unknown-unknown/release/roo_cloud_web.wasm"
wasm-opt -Oz --debuginfo "${WASM_FEATURES[@]}" "$named/bindgen/roo_cloud_web_bg.wasm" -o "$named/named.wasm"

node tests/tools/size.js "$named/named.wasm"
