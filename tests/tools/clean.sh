#!/usr/bin/env bash
# Deletes what was built; .tools/ and node_modules/ stay, since they take minutes to get again.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
say "clean: target, pkg/index.js, pkg/wasm, dist, www/dist, www/docs/site, test results"
rm -rf "$CARGO_TARGET_DIR" pkg/index.js pkg/wasm dist www/dist www/docs/site tests/e2e/test-results
