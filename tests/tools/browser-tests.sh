#!/usr/bin/env bash
# Runs tests/browser in one engine: browser-tests.sh chromium|firefox|webkit [TEST NAME...]
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
source tests/tools/browsers.sh

engine=${1:?browser-tests.sh chromium|firefox|webkit [TEST NAME...]}
shift
arguments=(--test browser)
[ $# -eq 0 ] || arguments+=(-- "$@")

# The other side of the HTTP tests, which learn its address as they are compiled.
coproc SERVER { exec node tests/browser/server.js; }
trap 'kill "$SERVER_PID"' EXIT
read -r BROWSER_TEST_SERVER <&"${SERVER[0]}"
export BROWSER_TEST_SERVER

# Seconds for the whole suite in one page; the runner's default of 20 is for unit tests.
export WASM_BINDGEN_TEST_TIMEOUT=300

# The runner takes the first driver it knows of, so it is told of one alone.
unset CHROMEDRIVER GECKODRIVER SAFARIDRIVER
mkdir -p "$CARGO_TARGET_DIR/webdriver"
export WASM_BINDGEN_TEST_WEBDRIVER_JSON=$CARGO_TARGET_DIR/webdriver/$engine.json

case $engine in
  chromium)
    chromium_present || fail "chromium and chromedriver are missing; get them with: make setup"
    cat >"$WASM_BINDGEN_TEST_WEBDRIVER_JSON" <<JSON
{ "goog:chromeOptions": {
  "binary": "$(chromium_binary)",
  "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run"] } }
JSON
    CHROMEDRIVER=$(command -v chromedriver) wasm-pack test --headless --chrome -- "${arguments[@]}"
    ;;
  firefox)
    firefox_present || fail "firefox is missing; get it with: make setup"
    has geckodriver || fail "geckodriver is missing; get it with: make setup"
    cat >"$WASM_BINDGEN_TEST_WEBDRIVER_JSON" <<JSON
{ "moz:firefoxOptions": { "binary": "$(firefox_binary)", "args": ["-headless"] } }
JSON
    GECKODRIVER=$(command -v geckodriver) wasm-pack test --headless --firefox -- "${arguments[@]}"
    ;;
  webkit)
    webkit_present || fail "WebKitWebDriver and MiniBrowser are missing; get them with: make setup"
    screen_present || fail "xvfb-run and xauth are missing; get them with: make setup"
    cat >"$WASM_BINDGEN_TEST_WEBDRIVER_JSON" <<JSON
{ "browserName": "MiniBrowser",
  "webkitgtk:browserOptions": { "binary": "$(minibrowser_binary)", "args": ["--automation"] } }
JSON
    # wasm-pack knows WebKit on macOS only, so cargo runs the runner itself, on a screen of its own since MiniBrowser has no headless mode.
    SAFARIDRIVER=$(command -v WebKitWebDriver) WASM_BINDGEN_TEST_ONLY_WEB=1 \
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
      xvfb-run -a cargo test --target wasm32-unknown-unknown "${arguments[@]}"
    ;;
  *) fail "browser-tests knows chromium, firefox and webkit, not '$engine'" ;;
esac
