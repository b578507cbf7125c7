#!/usr/bin/env bash
# Weighs what a page loads, compares it with the budget, and tells which modules the bytes belong to.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh size
tests/tools/build.sh

# The same parts, which still have their functions' names, treated the same but for dropping them.
named=$CARGO_TARGET_DIR/size
rm -rf "$named"
split_in_two "$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/roo_cloud_web.wasm" "$named"
for part in first online; do
  wasm-opt -Oz --converge --debuginfo "${WASM_FEATURES[@]}" "$named/$part.wasm" -o "$named/$part.wasm"
done

node tests/tools/size.js "$named"
