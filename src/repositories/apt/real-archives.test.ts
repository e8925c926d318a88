import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseRelease } from "../../formats/dpkg/release.ts";
import { openRepositoryAccess } from "../fetch/open-access.ts";
import { readKeyring } from "../signatures/keyring.ts";
import { verifyClearSigned } from "../signatures/verify-openpgp.ts";

const ring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const work = mkdtempSync(join(tmpdir(), "fromage-archives-"));
mkdirSync(join(work, "run"));
const access = openRepositoryAccess({
  env: process.env,
  cacheFolder: null,
  temporaryFolder: join(work, "run"),
  isOffline: false,
  userAgent: "fromage/test",
  authorities: [],
  idleTimeoutMs: 5000,
  clock: { now: () => Date.now(), sleep: () => Promise.resolve(), random: () => 0 },
});
afterAll(async () => {
  await access.close();
  rmSync(work, { recursive: true, force: true });
});

const fetchAt = (url: string) =>
  access.fetch({ url, kind: { maxAgeMs: 0 }, digest: null, maxBytes: 16 * 1024 * 1024 });
const debian = "http://deb.debian.org";
const reached = existsSync(ring)
  ? await fetchAt(`${debian}/debian/dists/bookworm-updates/InRelease`)
  : null;
const reason =
  reached === null
    ? `skipped: there is no ${ring}`
    : reached.ok
      ? ""
      : "skipped: deb.debian.org cannot be reached";
const without = reason === "" ? "" : ` (${reason})`;

describe(`InRelease of the real archives${without}`, () => {
  it.skipIf(reason !== "").each([
    ["debian", "bookworm", "good"],
    ["debian", "bookworm-updates", "good"],
    ["debian", "trixie", "good"],
    ["debian", "trixie-updates", "good"],
    ["debian-security", "bookworm-security", "good"],
    ["debian-security", "trixie-security", "good"],
  ])(
    "of %s %s is %s by Debian's keys, as gpgv says, and lists packages",
    async (archive, suite) => {
      const fetched = await fetchAt(`${debian}/${archive}/dists/${suite}/InRelease`);
      if (!fetched.ok) expect.fail(JSON.stringify(fetched.failure));
      const { keys } = await readKeyring([
        { from: ring, text: `base64:${readFileSync(ring).toString("base64")}` },
      ]);
      const bytes = readFileSync(fetched.value.file);
      const { outcome, signed } = await verifyClearSigned(bytes, keys, new Date());
      expect(outcome).toMatchObject({ kind: "good", user: expect.stringMatching(/^Debian /) });
      execFileSync("gpgv", ["--keyring", ring, fetched.value.file], { stdio: "ignore" });
      const release = parseRelease(signed ?? bytes);
      expect(release.files.get("main/binary-amd64/Packages.xz")).toMatchObject({
        digest: expect.stringMatching(/^sha256:/),
      });
    },
  );

  it.skipIf(reason !== "")("of Ubuntu is of a key that Debian does not know", async () => {
    const fetched = await fetchAt("http://archive.ubuntu.com/ubuntu/dists/noble/InRelease");
    if (!fetched.ok) expect.fail(JSON.stringify(fetched.failure));
    const { keys } = await readKeyring([
      { from: ring, text: `base64:${readFileSync(ring).toString("base64")}` },
    ]);
    const { outcome } = await verifyClearSigned(readFileSync(fetched.value.file), keys, new Date());
    expect(outcome).toEqual({ kind: "unknown-key", keyIds: ["871920D1991BC93C"] });
  });
});
