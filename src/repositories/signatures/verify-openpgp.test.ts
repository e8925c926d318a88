import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import {
  clearSign,
  detachedSign,
  makeKey,
  type TestKey,
} from "../../../test/repositories/apt-repository.ts";
import { readKeyring, type KeyText } from "./keyring.ts";
import { verifyClearSigned, verifyDetached } from "./verify-openpgp.ts";

const text = "Suite: stable\n- a line that begins with a dash\nSHA256:\n aa 1 b\n";
const made = new Date("2026-01-01T00:00:00Z");
const signed = new Date("2026-02-01T00:00:00Z");
const now = new Date("2026-03-01T00:00:00Z");

let known: TestKey;
let other: TestKey;
let brief: TestKey;
beforeAll(async () => {
  known = await makeKey("known", made);
  other = await makeKey("other", made);
  brief = await makeKey("brief", made, 40 * 24 * 3600);
});

async function keysOf(...texts: readonly string[]) {
  const files = texts.map((one, at): KeyText => ({ from: `/k${at}`, text: one }));
  return readKeyring(files);
}

type By = "known" | "other" | "brief";
const keyOf = (by: By): TestKey => ({ known, other, brief })[by];

describe("a signature", () => {
  it.each<readonly [string, readonly By[], readonly By[], string]>([
    ["by a known key", ["known"], ["known"], "good"],
    ["by a known key among others", ["known"], ["other", "known"], "good"],
    ["by a known and an unknown key", ["other", "known"], ["known"], "good"],
    ["by an unknown key", ["other"], ["known"], "unknown-key"],
    ["where no key is known", ["known"], [], "unknown-key"],
  ])("%s is what it is, inside and apart", async (_name, by, trusted, expected) => {
    const signers = by.map(keyOf);
    const { keys } = await keysOf(...trusted.map((one) => keyOf(one).armored));
    const inline = Buffer.from(await clearSign(text, signers, signed));
    const found = await verifyClearSigned(inline, keys, now);
    expect(found.outcome.kind).toBe(expected);
    expect(found.signed === null).toBe(expected !== "good");
    const signature = Buffer.from(await detachedSign(text, signers, signed));
    const apart = await verifyDetached({ bytes: Buffer.from(text), signature }, keys, now);
    expect(apart.outcome.kind).toBe(expected);
  });

  it("that is good says by whom, when, and over which bytes", async () => {
    const { keys } = await keysOf(known.armored);
    const inline = Buffer.from(await clearSign(text, [known], signed));
    const found = await verifyClearSigned(inline, keys, now);
    expect(found.outcome).toEqual({
      kind: "good",
      fingerprint: known.fingerprint,
      user: "known",
      signedAt: signed.toISOString(),
      isKeyExpired: false,
    });
    expect(
      Buffer.from(found.signed ?? [])
        .toString()
        .trimEnd(),
    ).toBe(text.trimEnd());
  });

  it("whose key has run out since is good, and says so", async () => {
    const { keys } = await keysOf(brief.armored);
    const inline = Buffer.from(await clearSign(text, [brief], signed));
    const found = await verifyClearSigned(inline, keys, now);
    expect(found.outcome).toMatchObject({ kind: "good", isKeyExpired: true });
  });

  it("of the future is bad", async () => {
    const { keys } = await keysOf(known.armored);
    const inline = Buffer.from(await clearSign(text, [known], new Date("2026-04-01T00:00:00Z")));
    expect((await verifyClearSigned(inline, keys, now)).outcome.kind).toBe("bad");
  });

  it("is bad, or the signed bytes are the same, wherever a byte is changed", async () => {
    const { keys } = await keysOf(known.armored);
    const sound = Buffer.from(await clearSign(text, [known], signed));
    for (let at = 0; at < sound.length; at += 3) {
      const bytes = Buffer.from(sound);
      bytes[at] = (bytes[at] ?? 0) ^ 0x04;
      const { outcome, signed: over } = await verifyClearSigned(bytes, keys, now);
      if (outcome.kind === "good") {
        expect(
          Buffer.from(over ?? [])
            .toString()
            .trimEnd(),
        ).toBe(text.trimEnd());
      }
    }
  });

  it("covers nothing that stands before or behind it", async () => {
    const { keys } = await keysOf(known.armored);
    const sound = await clearSign(text, [known], signed);
    for (const bytes of [`Evil: 1\n${sound}`, `${sound}Evil: 1\n`]) {
      const { outcome, signed: over } = await verifyClearSigned(Buffer.from(bytes), keys, now);
      if (outcome.kind === "good") expect(Buffer.from(over ?? []).toString()).not.toMatch(/Evil/);
    }
  });

  it.each([
    ["nothing", ""],
    ["a Release file", text],
    ["a web page", "<html></html>"],
  ])("of %s is none", async (_name, bytes) => {
    const { keys } = await keysOf(known.armored);
    const found = await verifyClearSigned(Buffer.from(bytes), keys, now);
    expect(found).toEqual({ outcome: { kind: "not-signed" }, signed: null });
  });

  it("apart that is garbage is bad", async () => {
    const { keys } = await keysOf(known.armored);
    for (const signature of [
      Buffer.from("x"),
      Buffer.alloc(0),
      Buffer.from("-----BEGIN PGP SIGNATURE-----"),
    ]) {
      const found = await verifyDetached({ bytes: Buffer.from(text), signature }, keys, now);
      expect(["bad", "not-signed"]).toContain(found.outcome.kind);
      expect(found.signed).toBeNull();
    }
  });
});

describe("a keyring", () => {
  it("is read armoured, binary, and with several blocks in one file", async () => {
    const binary = `base64:${Buffer.from(known.binary).toString("base64")}`;
    const several = `${known.armored}\n${other.armored}`;
    for (const [one, count] of [
      [known.armored, 1],
      [binary, 1],
      [several, 2],
    ] as const) {
      const { keys, problems } = await keysOf(one);
      expect([keys.length, problems]).toEqual([count, []]);
    }
  });

  it.each([
    ["empty", ""],
    ["text", "no key"],
    ["base64 of nothing", "base64:"],
    ["base64 of text", `base64:${Buffer.from("no key at all").toString("base64")}`],
    [
      "an armour of garbage",
      "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n",
    ],
  ])("that is %s is named, and the others count", async (_name, bad) => {
    const { keys, problems } = await keysOf(bad, known.armored);
    expect(keys).toHaveLength(1);
    expect(problems).toMatchObject([{ kind: "malformed", what: "/k0" }]);
  });
});

const hasGpgv = spawnSync("gpgv", ["--version"]).status === 0;
const without = hasGpgv ? "" : " (skipped: there is no gpgv)";

describe(`gpgv${without}`, () => {
  it.skipIf(!hasGpgv)("judges the same signatures the same way", async () => {
    const folder = mkdtempSync(join(tmpdir(), "fromage-gpgv-"));
    try {
      writeFileSync(join(folder, "ring"), known.binary);
      const { keys } = await keysOf(known.armored);
      for (const by of [[known], [other], [other, known]]) {
        const sound = await clearSign(text, by, signed);
        for (const bytes of [sound, sound.replace("stable", "stible")]) {
          writeFileSync(join(folder, "file"), bytes);
          const args = [
            "--status-fd",
            "1",
            "--keyring",
            join(folder, "ring"),
            join(folder, "file"),
          ];
          const { stdout } = spawnSync("gpgv", args, { encoding: "utf8" });
          const isGood = /^\[GNUPG:\] GOODSIG/m.test(stdout) && !/^\[GNUPG:\] BADSIG/m.test(stdout);
          const { outcome } = await verifyClearSigned(Buffer.from(bytes), keys, now);
          expect(outcome.kind === "good").toBe(isGood);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
