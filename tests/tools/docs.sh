#!/usr/bin/env bash
# Builds www/docs/site: the API by its declarations, the guides, and a page for each error code; then serves it. --check: builds only.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh docs
node tests/tools/error-pages.js www/docs/guides
(cd www/docs && node_modules/.bin/typedoc --logLevel Warn)
[ "${1:-}" = --check ] || exec node tests/tools/serve.js www/docs/site "${PORT:-4183}"
