import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { makeApk, makeApkKey } from "../../../test/made-apk.ts";
import { FormatError } from "../format-error.ts";
import { fromBytes } from "../random-access.ts";
import { parseApkFile } from "./package-file.ts";
import { checkApkSignature } from "./signature.ts";

const key = makeApkKey("made@test.rsa.pub");
let bytes: Buffer;
beforeAll(async () => {
  const scripts = { ".post-install": "#!/bin/sh\n" };
  const made = { name: "a", version: "1-r0", files: [["x", "y"] as const], scripts };
  ({ bytes } = await makeApk(made, key, "RSA256"));
});

describe("parseApkFile()", () => {
  it("finds the three parts", async () => {
    const found = await parseApkFile(fromBytes(bytes));
    if (found === null) throw new Error("a package of apk 3");
    expect(found.info.record).toMatchObject({ name: "a", version: "1-r0", architecture: "x86_64" });
    expect(found.info.dataSha256).toMatch(/^[0-9a-f]{64}$/);
    expect([...found.scripts.keys()]).toEqual([".post-install"]);
    expect(found.data.offsetBytes + found.data.lengthBytes).toBe(bytes.length);
    const { signatures, control } = found;
    const known = new Map([[key.name, key.pem]]);
    expect(checkApkSignature(signatures, control, known)).toEqual({ kind: "good", key: key.name });
  });

  it("throws only FormatError, whatever is changed or cut", async () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat());
    await fc.assert(
      fc.asyncProperty(change, async ([at, bits, end]) => {
        const changed = Buffer.from(bytes.subarray(0, 1 + (end % bytes.length)));
        const place = at % changed.length;
        changed[place] = (changed[place] ?? 0) ^ bits;
        const found = await parseApkFile(fromBytes(changed)).catch((error: unknown) => {
          if (!(error instanceof FormatError)) throw error;
          return null;
        });
        expect(found === null || found.control.byteLength > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
