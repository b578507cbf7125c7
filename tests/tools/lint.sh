#!/usr/bin/env bash
# Runs every check that reads the code without running it.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
source tests/tools/stages.sh

STAGE_LIMIT=60m stage "setup" tests/tools/setup.sh lint
stage "rustfmt" cargo fmt --check
stage "clippy: native" cargo clippy --quiet --all-targets -- -D warnings
stage "clippy: wasm32" cargo clippy --quiet --lib --target wasm32-unknown-unknown -- -D warnings
# Advisories need a database that a machine without access to its host cannot fetch; licences, bans and sources need nothing but the lock file.
stage "cargo deny: licences, bans, sources" cargo deny --locked --log-level warn check --hide-inclusion-graph licenses bans sources
stage "biome: JavaScript, TypeScript, JSON" biome ci --colors=off --max-diagnostics=50
stage "tsc: tests" tsc --noEmit -p tests
stage "tsc: development cloud" tsc --noEmit -p tests/cloud
stage "tsc: dashboard" www/node_modules/.bin/tsc --noEmit -p www
stage "typedoc: everything is told of, every link leads somewhere" tests/tools/docs.sh --check
stage "walls: who may import whom" node tests/tools/walls.js
stage "schemas: the module carries the contract's" node tests/tools/schemas.js --check
stage "shellcheck" shellcheck --external-sources --source-path=SCRIPTDIR:. .ci/run tests/tools/*.sh
report_stages
