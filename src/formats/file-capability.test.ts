import { describe, expect, it } from "vitest";
import { FormatError } from "./format-error.ts";
import { parseFileCapability } from "./file-capability.ts";

const parse = (hex: string): ReturnType<typeof parseFileCapability> =>
  parseFileCapability(Buffer.from(hex, "hex"));

describe("parseFileCapability()", () => {
  it.each([
    // setcap cap_net_raw=ep, cap_net_bind_service,cap_bpf=eip, and in a user namespace cap_chown=p.
    ["0100000200200000000000000000000000000000", ["cap_net_raw"], [], true, null],
    [
      "0100000200040000000400008000000080000000",
      ["cap_net_bind_service", "cap_bpf"],
      ["cap_net_bind_service", "cap_bpf"],
      true,
      null,
    ],
    ["000000030100000000000000000000000000000000000100", ["cap_chown"], [], false, 65536],
    ["010000020000000000000000000000800000000000".slice(0, 40), ["63"], [], true, null],
  ])("%s", (hex, permitted, inheritable, isEffective, rootUid) => {
    expect(parse(hex)).toEqual({ permitted, inheritable, isEffective, rootUid });
  });

  it.each(["", "01", "01000002", "0100000400200000000000000000000000000000", "ff".repeat(20)])(
    "refuses %j",
    (hex) => {
      expect(() => parse(hex)).toThrow(FormatError);
    },
  );
});
