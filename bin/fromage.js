#!/usr/bin/env node
// The launcher. It is plain CommonJS in old syntax, so that a Node that is too old can read it and say so.
"use strict";

var needed = "22.19";
var parts = process.versions.node.split(".");
var major = Number(parts[0]);
// Odd releases between (23) never became stable and lack what 22.19 got.
var isNewEnough = major >= 24 || (major === 22 && Number(parts[1]) >= 19);

if (isNewEnough) {
  // Tools and scripts ask for the version often: nothing else is loaded for it.
  if (/^(?:--version|-V)$/.test(process.argv[2])) {
    process.stdout.write(require("../package.json").version + "\n");
  } else start();
} else {
  process.stderr.write(
    "Cannot start fromage: this is Node " +
      process.versions.node +
      ", it needs Node " +
      needed +
      " or a later 22, or 24 and later\n",
  );
  process.exitCode = 2;
}

function start() {
  var path = require("node:path");
  hideSqliteWarning();
  var folder = compileCacheFolder(path);
  if (folder !== null) require("node:module").enableCompileCache(folder);
  // The package carries no sources; a checkout does, and they win over a dist that may be stale.
  var sources = path.join(__dirname, "../src/cli/main.ts");
  var isCheckout = require("node:fs").existsSync(sources);
  return isCheckout ? import("../src/cli/main.ts") : import("../dist/cli/main.js");
}

/** Node 22 calls node:sqlite experimental. That is our choice and not the user's concern; other warnings stay. */
function hideSqliteWarning() {
  var emitWarning = process.emitWarning;
  process.emitWarning = function (warning) {
    if (/^SQLite is an experimental feature/.test(String(warning))) return;
    emitWarning.apply(process, arguments);
  };
}

/**
 * The user's own cache folder. Node's default is a folder of all users in the temporary directory, where another user
 * could lay compiled code in wait. NODE_COMPILE_CACHE still wins, as undefined asks for it. Null: none, where the folder
 * that it would be in is not there; Node 24.21 never ends when it is asked to make one below /proc.
 */
function compileCacheFolder(path) {
  var env = process.env;
  if (env.NODE_COMPILE_CACHE) return undefined;
  var folder = process.platform === "win32" ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  if (!folder) folder = path.join(env.HOME || require("node:os").homedir(), ".cache");
  var isThere = require("node:fs").existsSync;
  if (!isThere(folder) && !isThere(path.dirname(folder))) return null;
  return path.join(folder, "fromage", "compiled");
}
