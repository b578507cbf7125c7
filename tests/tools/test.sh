#!/usr/bin/env bash
# Runs every test and sums them up; the last line is "N passed, N failed". Needs about half an hour from cold on two cores.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
source tests/tools/browsers.sh
source tests/tools/stages.sh
shopt -s globstar

# What setup cannot get fails the stage that needs it, by name; the others still tell what they can.
STAGE_LIMIT=60m stage "setup" tests/tools/setup.sh test

test_stage "native: unit, vectors, simulated world" cargo test --quiet
stage "build: the package" tests/tools/build.sh
stage "build: the dashboard" tests/tools/dashboard.sh
for engine in chromium firefox webkit; do
  test_stage "browser: $engine" tests/tools/browser-tests.sh "$engine"
done

node_tests=()
for file in tests/**/*.test.js; do
  case $file in */node_modules/* | tests/e2e/* | tests/engines/*) ;; *) node_tests+=("$file") ;; esac
done
test_stage "node: cloud, package, bundlers, types, tools" node --test --test-reporter=spec "${node_tests[@]}"

# One after the other: each starts a browser with several tabs.
test_stage "engines: queue and sign-in in real browsers" node --test --test-reporter=spec tests/engines/*.test.js

CHROMIUM_BINARY=$(chromium_binary) || echo "error: chromium is missing; get it with: make setup"
export CHROMIUM_BINARY
test_stage "dashboard: Playwright" playwright test --config tests/e2e

verdict=0
report_stages || verdict=1
[ "$verdict" -eq 0 ] || [ "$tests_failed" -gt 0 ] || tests_failed=${#failed_stages[@]}
echo "$tests_passed passed, $tests_failed failed"
exit "$verdict"
