# How the module is compiled, for build.sh and size.sh alike. Sourced after environment.sh.
# shellcheck shell=bash

# compile_module [CARGO OPTION...]: as a cdylib alone, since beside an rlib there is no link-time optimization, which takes a tenth off.
# Panics name the file they happen in; a crate's file is named by the crate, not by where this machine keeps it.
compile_module() {
  local sources="${CARGO_HOME:-$HOME/.cargo}/registry/src" flags=() registry
  # The folder's name is only known once something is in it.
  cargo fetch --quiet --locked --target wasm32-unknown-unknown
  for registry in "$sources"/*/; do flags+=("'--remap-path-prefix=$registry='"); done
  local joined
  joined=$(IFS=,; echo "${flags[*]}")
  cargo rustc --release --lib --crate-type cdylib --target wasm32-unknown-unknown \
    --config "target.wasm32-unknown-unknown.rustflags=[$joined]" "$@"
}
