import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import { imageUser } from "./image-user.ts";

const rows = [
  ["", { uid: 0, gid: 0 }],
  ["root", { uid: 0, gid: 0 }],
  ["app", { uid: 1000, gid: 100 }],
  ["1000", { uid: 1000, gid: 100 }],
  ["1001", { uid: 1001, gid: 0 }],
  ["app:staff", { uid: 1000, gid: 50 }],
  ["app:7", { uid: 1000, gid: 7 }],
  ["65532:65532", { uid: 65532, gid: 65532 }],
  ["nobody-here", null],
  ["app:nothing", null],
] as const;

describe("imageUser()", () => {
  const rootfs = memoryRootfs({
    "/etc/passwd": "root:x:0:0::/:/bin/sh\napp:x:1000:100::/:/bin/sh\n",
    "/etc/group": "root:x:0:\nstaff:x:50:\n",
  });
  it.each(rows)("%s", (text, user) => {
    expect(imageUser(text, rootfs)).toEqual(user);
  });
});
