import { describe, expect, it } from "vitest";
import { chooseUser } from "./choose-user.ts";

const debian = {
  passwd: "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n",
  group: "root:x:0:\nnode:x:1000:\nweb:x:2000:node\n",
};
const other = { passwd: "root:x:0:0::/:/bin/sh\nnode:x:999:999::/:/bin/sh\n", group: null };
const none = { passwd: null, group: null };

describe("chooseUser()", () => {
  it.each([
    // target, base's user, base's accounts, expected
    [null, "", none, "65532:65532"],
    [null, "root", debian, "65532:65532"],
    [null, "0:0", none, "65532:65532"],
    [null, "nonroot", none, null],
    ["", "", debian, null],
    ["root", "", debian, null],
    ["", "65532", none, "0:0"],
    ["node", "", debian, "node"],
    ["node", "node", debian, null],
    ["node", "", other, "1000:1000"],
    ["node", "", none, "1000:1000"],
    ["node:web", "", other, "1000:2000"],
    ["node:web", "", debian, "node:web"],
    ["1234", "", debian, "1234"],
    ["1234:5", "", none, "1234:5"],
    ["1234:5", "1234:5", none, null],
    ["nobody-knows", "", debian, "65532:65532"],
    ["node:nobody-knows", "", debian, "65532:65532"],
    ["x\nRUN y", "", debian, "65532:65532"],
    ["1\nRUN y", "", debian, "65532:65532"],
  ])("of %j on a base that runs as %j", (target, base, baseAccounts, expected) => {
    const chosen = chooseUser({ target, base, targetAccounts: debian, baseAccounts });
    expect(chosen.user).toBe(expected);
    expect(chosen.why).not.toBe("");
  });
});
