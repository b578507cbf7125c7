#!/usr/bin/env bash
# Weighs what a page loads, compares it with the budget, and tells which modules the bytes belong to.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh size
tests/tools/build.sh

# The same compiled module, which still has its functions' names, treated the same but for dropping them.
named=$CARGO_TARGET_DIR/size
wasm-bindgen --target web --no-typescript --out-dir "$named" "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/roo_cloud_web.wasm"
wasm-opt -Oz --debuginfo "${WASM_FEATURES[@]}" "$named/roo_cloud_web_bg.wasm" -o "$named/named.wasm"

node tests/tools/size.js "$named/named.wasm"
