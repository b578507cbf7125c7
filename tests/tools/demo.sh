#!/usr/bin/env bash
# Builds the package and the dashboard, then runs the development cloud, which serves it, until Ctrl-C. The cloud prints the address to open.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh demo
tests/tools/build.sh
tests/tools/dashboard.sh
exec node tests/cloud/main.js --static www/dist
