import { describe, expect, it } from "vitest";
import type { FileEntry } from "../image/layer-facts.ts";
import { findClosed, type Access } from "./permission.ts";

type Modes = readonly [directory: number, file: number];
const owner = { uid: 1000, gid: 100 };

const rows: readonly (readonly [string, Modes, typeof owner | undefined, Access, string | null])[] =
  [
    ["open to all", [0o755, 0o755], { uid: 1, gid: 1 }, "execute", null],
    ["the owner's", [0o700, 0o700], owner, "execute", null],
    ["closed to another", [0o755, 0o700], { uid: 1, gid: 1 }, "execute", "/app/x"],
    ["read only", [0o755, 0o644], { uid: 1, gid: 1 }, "execute", "/app/x"],
    ["read is another right", [0o755, 0o711], { uid: 1, gid: 1 }, "read", "/app/x"],
    ["the group's", [0o750, 0o750], { uid: 1, gid: 100 }, "execute", null],
    ["the owner's bits count for the owner alone", [0o755, 0o077], owner, "execute", "/app/x"],
    ["a closed directory", [0o700, 0o755], { uid: 1, gid: 1 }, "execute", "/app"],
    [
      "a directory that may be read and not searched",
      [0o754, 0o755],
      { uid: 1, gid: 1 },
      "read",
      "/app",
    ],
    ["root", [0o700, 0o600], { uid: 0, gid: 0 }, "execute", null],
    ["nobody says who", [0o700, 0o600], undefined, "execute", null],
  ];

describe("findClosed()", () => {
  it.each(rows)("%s", (_name, [directory, file], user, access, path) => {
    const entries: Readonly<Record<string, FileEntry>> = {
      "/": { path: "/", type: "directory", mode: 0o755, uid: 0, gid: 0, sizeBytes: 0 },
      "/app": { path: "/app", type: "directory", mode: directory, ...owner, sizeBytes: 0 },
      "/app/x": { path: "/app/x", type: "file", mode: file, ...owner, sizeBytes: 1 },
    };
    const rootfs = {
      lookup(asked: string) {
        const entry = entries[asked];
        return entry === undefined ? null : { entry, layerIndex: 0 };
      },
    };
    expect(findClosed(rootfs, "/app/x", { user, access })?.path ?? null).toBe(path);
  });
});
