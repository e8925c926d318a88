import { describe, expect, it } from "vitest";
import { commandsOf } from "./shell-commands.ts";

const rows: readonly (readonly [string, readonly string[]])[] = [
  ["nginx -g 'daemon off;'", ["nginx"]],
  ["cd /x && exec server -p 80", ["server"]],
  ["A=1 B=2 server", ["server"]],
  ["echo hi; true", []],
  ["if [ -f x ]; then migrate; fi; server", ["migrate", "fi", "server"]],
  ["$SERVER --port 1", []],
  ["/app/server | tee log", ["/app/server", "tee"]],
  ["", []],
];

describe("commandsOf()", () => {
  it.each(rows)("%s", (text, commands) => {
    expect(commandsOf(text)).toEqual(commands);
  });
});
