#!/usr/bin/env bash
# Builds dist/roo-cloud-web-VERSION.tgz, what `npm publish` would send: the files of pkg/, the module, all licences, and where each file comes from.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh build
tests/tools/build.sh

mkdir -p dist
staged=$(mktemp -d dist/.package-XXXXXX)
trap 'rm -rf "$staged"' EXIT
cp -R pkg/. LICENSE "$staged"
node tests/tools/licences.js >"$staged/THIRD-PARTY-LICENSES"
node tests/tools/provenance.js "$staged" >"$staged/provenance.json"
tarball=$(npm pack --silent --pack-destination "$staged" "./$staged")
# Moved in whole, and what another version left goes afterwards: somebody may be reading.
mv "$staged/$tarball" "dist/$tarball"
find dist -maxdepth 1 -name '*.tgz' ! -name "$tarball" -delete
say "pack: dist/$tarball, $(wc -c <"dist/$tarball") bytes"
