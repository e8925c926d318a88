import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseImageName } from "../names/parse-image-name.ts";
import { endpointsFor } from "./endpoints-for.ts";
import { openMachine } from "../../machine/open-machine.ts";
import { readRegistrySettings } from "./read-settings.ts";

const hasSkopeo = spawnSync("skopeo", ["--version"]).status === 0;
const skip = hasSkopeo ? "" : " (skipped: skopeo is not there)";
const home = mkdtempSync(join(tmpdir(), "fromage-skopeo-"));
afterAll(() => rmSync(home, { recursive: true }));
const digest = `sha256:${"0".repeat(64)}`;

/** Nothing listens there, and it does not count as loopback for Docker's rule: 0.0.0.0 is this machine. */
const closed = "0.0.0.0:1";

/** What skopeo tries: `HOST/REPOSITORY`, with ` http` where it tries http too; or `blocked`. */
function askSkopeo(name: string): readonly string[] {
  const { stderr } = spawnSync("skopeo", ["--debug", "inspect", `docker://${name}`], {
    encoding: "utf8",
    env: { PATH: process.env["PATH"] ?? "", HOME: home },
  });
  const tries = stderr.split('Trying to access \\"').slice(1);
  return tries
    .map((text) => {
      const [place = ""] = text.split('\\"');
      const isBlocked = text.includes(" is blocked in ");
      const bare = place.replace(/@sha256:.*/, "").replace(/:[^:/]*$/, "");
      return isBlocked ? "blocked" : `${bare}${text.includes("GET http://") ? " http" : ""}`;
    })
    .filter((place) => place !== "blocked" || tries.length === 1);
}

async function ask(name: string): Promise<readonly string[]> {
  const machine = openMachine({ env: {}, home, userId: null });
  const parsed = parseImageName(name);
  if (!parsed.ok) throw new Error(name);
  const found = endpointsFor(parsed.value, await readRegistrySettings(machine));
  if (!found.ok) return [found.failure.kind === "denied" ? "blocked" : found.failure.kind];
  return found.value.endpoints.map(({ host, repository, transport }) => {
    return `${host}/${repository}${transport.http === "fallback" ? " http" : ""}`;
  });
}

const table = (prefix: string, location: string, ...lines: readonly string[]): string =>
  [`[[registry]]\nprefix = "${prefix}"\nlocation = "${location}"`, ...lines, ""].join("\n");
const mirror = (path: string, ...lines: readonly string[]): string =>
  [`[[registry.mirror]]\nlocation = "${closed}/${path}"`, ...lines].join("\n");

/** A registries.conf, a drop-in, and names that are asked for. */
const rows: readonly (readonly [conf: string, dropIn: string, names: readonly string[]])[] = [
  [
    table("a.example", `${closed}/up`, mirror("m1", "insecure = true"), mirror("m2")),
    "",
    ["a.example/b/c:1", `a.example/b@${digest}`, `${closed}/x`],
  ],
  [
    table("a.example", `${closed}/short`) +
      table("a.example/team", `${closed}/long`, "insecure = true") +
      table("a.example/team/app", `${closed}/longest/app`),
    "",
    ["a.example/app", "a.example/team/x", "a.example/team/app", "a.example/teams/app"],
  ],
  [
    table("a.example", closed, mirror("d", 'pull-from-mirror = "digest-only"')) +
      table("b.example", closed, mirror("t", 'pull-from-mirror = "tag-only"')) +
      table("c.example", closed, "mirror-by-digest-only = true", mirror("d")),
    "",
    ["a", "b", "c"].flatMap((host) => [`${host}.example/x:1`, `${host}.example/x@${digest}`]),
  ],
  [
    table(`${closed}/a`, `${closed}/a`, "blocked = true", mirror("m")) +
      table("b.example", `${closed}/b`, mirror("m")) +
      table(`${closed}/b`, `${closed}/b2`, "blocked = true") +
      table(`${closed}/c`, `${closed}/c`, "blocked = true"),
    "",
    [`${closed}/a/x`, "b.example/x", `${closed}/c/x`],
  ],
  [
    `[[registry]]\nprefix = "*.example"\nlocation = "${closed}/wild"\ninsecure = true\n`,
    "",
    ["a.example/x", "a.b.example/x"],
  ],
  [
    table("docker.io/library", `${closed}/hub`) + table("docker.io", `${closed}/all`),
    "",
    ["alpine", "a/b"],
  ],
  // `a.example` is a prefix of `a.example:5000` too.
  [table("a.example", "0.0.0.0", "insecure = true"), "", ["a.example:1/x"]],
  [table("a.example", `${closed}/main`), table("a.example", `${closed}/drop`), ["a.example/x"]],
  [`[registries.insecure]\nregistries = ["${closed}"]\n`, "", [`${closed}/x`]],
  [`[registries.block]\nregistries = ["${closed}"]\n`, "", [`${closed}/x`]],
];

describe.skipIf(!hasSkopeo)(`registries.conf as skopeo reads it${skip}`, () => {
  const cases = rows.flatMap(([conf, dropIn, names]) =>
    names.map((name) => ({ conf, dropIn, name })),
  );
  it.each(cases)("$name of $conf", async ({ conf, dropIn, name }) => {
    const folder = join(home, ".config/containers");
    mkdirSync(join(folder, "registries.conf.d"), { recursive: true });
    writeFileSync(join(folder, "registries.conf"), conf);
    writeFileSync(join(folder, "registries.conf.d/1.conf"), dropIn);
    const expected = askSkopeo(name);
    expect(expected.length).toBeGreaterThan(0);
    expect(await ask(name)).toEqual(expected);
  });
});
