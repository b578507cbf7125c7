#!/usr/bin/env bash
# Builds the package and measures it in Chromium.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
source tests/tools/browsers.sh
tests/tools/setup.sh test
tests/tools/build.sh
CHROMIUM_BINARY=$(chromium_binary) node tests/bench/main.js "$@"
