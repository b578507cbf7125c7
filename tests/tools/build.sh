#!/usr/bin/env bash
# Builds pkg/wasm/ and pkg/index.js: cargo, wasm-split, wasm-bindgen, wasm-opt, and the module once more as a script. Afterwards a browser imports
# pkg/ as it lies.
# Does nothing when nothing changed.
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh"
tests/tools/setup.sh build

# Panics name the file they happen in; a crate's file is named by the crate, not by where this machine keeps it.
# The folder's name is only known once something is in it.
cargo fetch --quiet --locked --target wasm32-unknown-unknown
remap=()
for registry in "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/; do remap+=("'--remap-path-prefix=$registry='"); done
# As a cdylib alone: beside an rlib there is no link-time optimization, which takes a tenth off the module. wasm-split reads the relocations,
# and gives each part its own data if they are not one piece.
cargo rustc --release --lib --crate-type cdylib --features parts --target wasm32-unknown-unknown \
  --config "target.wasm32-unknown-unknown.rustflags=[$(IFS=,; echo "${remap[*]}")]" \
  -- -C link-args=--emit-relocs -C link-args=--no-merge-data-segments
compiled=$CARGO_TARGET_DIR/wasm32-unknown-unknown/release/roo_cloud_web.wasm
built=pkg/wasm/roo_cloud_web_bg.wasm

# The compiled module is compared by what is in it: cargo touches it when another branch's build was the last one.
stamp=$(cat "$compiled" src/face/*.js tests/tools/{build.sh,environment.sh,inline.js,join-data.js,wasm.js,whole.js} | sha256sum)
if [ -f "$built" ] && [ -f pkg/index.js ] && [ "$stamp" = "$(cat pkg/wasm/.built-from 2>/dev/null)" ]; then
  say "build: pkg/wasm is up to date"
  exit
fi

# Made aside and moved in whole: a page never sees the glue of one build with the module of another.
fresh=$(mktemp -d pkg/.wasm-XXXXXX)
trap 'rm -rf "$fresh"' EXIT
split_in_two "$compiled" "$fresh/split"

for part in first online; do
  wasm-opt -Oz --converge --strip-debug --strip-producers "${WASM_FEATURES[@]}" "$fresh/split/$part.wasm" -o "$fresh/$part.wasm"
done
node tests/tools/join-data.js "$fresh/first.wasm" 32
node tests/tools/join-data.js "$fresh/online.wasm" 0
# The face, the glue and what both import become one script: a page waits for files that import files. It begins with the first part, and says
# which module that was; part.js loads the second.
face=$fresh/split/face
cp -r src/face "$face"
sed -e "s|'roo_cloud_web_bg.wasm'|'./wasm/first.wasm'|" -e 's|^\(import .* from "\)./__wasm_split.js"|\1./part.js"|' "$fresh/split/roo_cloud_web.js" >"$face/glue.js"
echo 'export { wasmModule };' >>"$face/glue.js"
esbuild --bundle --format=esm --target=es2022 --minify --log-level=warning "$face/index.js" --outfile="$fresh/index.js"
rm -rf "$fresh/split"

# Both parts in one file, for whoever fetches the module by other ways; and that as a script, for pages that fetch nothing.
node tests/tools/whole.js "$fresh/first.wasm" "$fresh/online.wasm" "$fresh/roo_cloud_web_bg.wasm"
node tests/tools/inline.js "$fresh/roo_cloud_web_bg.wasm" "$fresh/inline.js"

printf '%s\n' "$stamp" >"$fresh/.built-from"
chmod 755 "$fresh"
rm -rf pkg/wasm
mv "$fresh" pkg/wasm
mv pkg/wasm/index.js pkg/index.js
say "build: pkg/wasm is new, $(wc -c <pkg/wasm/first.wasm) and $(wc -c <pkg/wasm/online.wasm) bytes before compression"
