import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import { contextOwner } from "./context-owner.ts";

const base = memoryRootfs({ "/etc/passwd": "app:x:1000:100::/:/bin/sh\n" });

const rows: readonly (readonly [
  user: string,
  modes: readonly [program: number, data: number],
  owner: string | null,
])[] = [
  ["65532:65532", [0o755, 0o644], null],
  ["65532:65532", [0o700, 0o644], "65532:65532"],
  ["65532:65532", [0o750, 0o644], "65532:65532"],
  ["65532:65532", [0o755, 0o600], "65532:65532"],
  ["app", [0o700, 0o600], "1000:100"],
  ["", [0o700, 0o600], null],
  ["root", [0o700, 0o600], null],
];

describe("contextOwner()", () => {
  it.each(rows)("of USER %s", (user, [program, data], owner) => {
    const rootfs = memoryRootfs({
      "/app/server": { content: "", mode: program },
      "/app/data": { content: "", mode: data },
      "/app/link": { link: "/nowhere" },
    });
    const appPaths = ["/app", "/app/data", "/app/link", "/app/server"];
    expect(contextOwner({ rootfs, appPaths }, user, base)).toBe(owner);
  });
});
