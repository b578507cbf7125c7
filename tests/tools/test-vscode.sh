#!/usr/bin/env bash
# Runs the sample extension in a real VS Code: code-server, in headless Chromium, against the development cloud. --if-possible: where its parts cannot
# be had, says so and that nothing was run, and ends well.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
source tests/tools/browsers.sh
if ! tests/tools/setup.sh vscode; then
  [ "${1:-}" = --if-possible ] || exit 1
  say "test-vscode: NOT RUN, for what is missing above"
  exit
fi
tests/tools/build.sh
CHROMIUM_BINARY=$(chromium_binary) node --test --test-concurrency=1 --test-reporter=spec tests/vscode/*.spec.js
