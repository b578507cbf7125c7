# Sourced by every script here: strict mode, the repository as working directory, and a PATH that finds the project's own tools first.
# shellcheck shell=bash

set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
ROOT=$PWD

# The system's folders come last, so that a caller's bare PATH still finds apt and the browsers.
export PATH="$ROOT/.tools/bin:$ROOT/tests/node_modules/.bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The only target folder that cargo is told about; wasm-bindgen and wasm-pack need its name too.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$ROOT/target}"

# What wasm-opt may use: rustc emits it, and Chromium, Firefox and WebKit all have it.
# shellcheck disable=SC2034
WASM_FEATURES=(--enable-bulk-memory --enable-multivalue --enable-mutable-globals --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext)

# A line that stands out from the tools' own output.
say() { printf '\033[1m== %s\033[0m\n' "$*"; }

fail() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# The version that Cargo.lock pins for the crate $1.
locked_version() {
  awk -v name="$1" '$1 == "name" { found = ($3 == "\"" name "\"") } $1 == "version" && found { gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}

# split_in_two COMPILED FOLDER: first.wasm, online.wasm and the glue, with their functions' names.
split_in_two() {
  mkdir -p "$2"
  RUST_LOG=error wasm-split-cli "$1" "$2" --target web --out-name roo_cloud_web
  wasm-bindgen --target web --no-typescript --keep-lld-exports --out-dir "$2/bound" "$2/roo_cloud_web.wasm"
  mv "$2/bound/roo_cloud_web.js" "$2"
  mv "$2/bound/roo_cloud_web_bg.wasm" "$2/first.wasm"
  mv "$2/split_online.wasm" "$2/online.wasm"
}
