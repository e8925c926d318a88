/**
 * `node test/bench/apt-run.ts SUITE CACHE KEYRING`: opens the repositories of a Debian release and looks up libraries of /usr/lib
 * of this machine and of the release. Prints one JSON object: times in ms, and why there are none.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAptSource } from "../../src/repositories/apt/open-apt-source.ts";
import { openRepositoryAccess } from "../../src/repositories/fetch/open-access.ts";
import { memoryRootfs } from "../memory-rootfs.ts";

const [suite = "bookworm", cacheFolder = "", keyring = ""] = process.argv.slice(2);
const ring = "/usr/share/keyrings/debian-archive-keyring.gpg";
const paragraph = (uri: string, suites: string): string =>
  `Types: deb\nURIs: ${uri}\nSuites: ${suites}\nComponents: main\nSigned-By: ${ring}\n`;
const rootfs = memoryRootfs({
  "/etc/apt/sources.list.d/debian.sources": [
    paragraph("http://deb.debian.org/debian", `${suite} ${suite}-updates`),
    paragraph("http://deb.debian.org/debian-security", `${suite}-security`),
  ].join("\n"),
  [ring]: `base64:${readFileSync(keyring).toString("base64")}`,
});

/** Some of each kind: of many packages, of one, alternatives, private ones, none. */
const sonames =
  "libpq.so.5 libblas.so.3 libssl.so.3 libjvm.so libz.so.1 libcurl.so.4 libGL.so.1 libX11.so.6 libxml2.so.2 libstdc++.so.6 libgmp.so.10 liblapack.so.3 libpython3.so libperl.so.5.36 libsqlite3.so.0 libnone.so.1 libgomp.so.1 libffi.so.8 libjpeg.so.62 libpng16.so.16".split(
    " ",
  );

const temporaryFolder = mkdtempSync(join(tmpdir(), "fromage-bench-apt-"));
const access = openRepositoryAccess({
  env: process.env,
  ...{ cacheFolder, temporaryFolder, isOffline: false },
  userAgent: "fromage/bench",
  authorities: [],
});
try {
  const startedMs = performance.now();
  const opened = await openAptSource(rootfs, { os: "linux", architecture: "amd64" }, access);
  const openMs = performance.now() - startedMs;
  if (!opened.ok) say({ failure: opened.failure });
  else {
    const source = opened.value;
    const look = (): readonly number[] =>
      sonames.map((soname) => {
        const beginMs = performance.now();
        source.findProviders({ kind: "soname", soname, elfClass: 64, versions: [] });
        return performance.now() - beginMs;
      });
    const coldMs = look();
    const warmMs = Array.from({ length: 20 }, look).flat();
    say({ openMs, coldMs, warmMs, problems: source.problems });
    source.close();
  }
} finally {
  await access.close();
  rmSync(temporaryFolder, { recursive: true, force: true });
}

function say(found: unknown): void {
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
