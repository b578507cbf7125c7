#!/usr/bin/env bash
# Builds www/dist/, where something that goes into it is newer.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"

built=www/dist/index.html
if [ -f "$built" ] && [ -z "$(find www pkg -path '*/node_modules' -prune -o -path www/dist -prune -o -path www/docs -prune -o -newer "$built" -type f -print -quit)" ]; then
  say "dashboard: www/dist is up to date"
  exit
fi
say "dashboard: building www/dist"
(cd www && npm run --silent build)
