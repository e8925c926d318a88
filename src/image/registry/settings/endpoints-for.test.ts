import { describe, expect, it } from "vitest";
import type { Endpoint } from "../endpoint.ts";
import { parseImageName } from "../names/parse-image-name.ts";
import { endpointsFor, resolveAlias } from "./endpoints-for.ts";
import { readRegistrySettings } from "./read-settings.ts";
import { noOverrides, type RegistryOverrides } from "./settings.ts";
import { memoryMachine } from "../../machine/testdata/memory-machine.ts";

const digest = `sha256:${"0".repeat(64)}`;
const conf = "/etc/containers/registries.conf";
const daemon = "/etc/docker/daemon.json";

const table = (prefix: string, ...lines: readonly string[]): string =>
  ["[[registry]]", `prefix = "${prefix}"`, ...lines, ""].join("\n");
const mirror = (location: string, ...lines: readonly string[]): string =>
  ["[[registry.mirror]]", `location = "${location}"`, ...lines].join("\n");

/** `HOST REPOSITORY` with `mirror`, `insecure` (any certificate, else http), `http` behind it. */
function show({ host, repository, isMirror, transport }: Endpoint): string {
  const marks = [
    isMirror ? " mirror" : "",
    transport.verifies ? "" : " insecure",
    transport.http === "only" ? " http" : "",
  ];
  expect(transport.http === "never").toBe(transport.verifies && transport.http !== "only");
  return `${host} ${repository}${marks.join("")}`;
}

interface Row {
  readonly text: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly overrides?: Partial<RegistryOverrides>;
  readonly expected: readonly string[];
}

async function ask({ text, files = {}, overrides = {} }: Omit<Row, "expected">): Promise<{
  readonly endpoints: readonly Endpoint[];
  readonly problems: readonly unknown[];
}> {
  const all = { ...noOverrides, ...overrides };
  const settings = await readRegistrySettings(memoryMachine(files), all);
  expect(settings.problems).toEqual([]);
  const name = parseImageName(text);
  if (!name.ok) throw new Error(text);
  const found = endpointsFor(name.value, settings);
  if (found.ok) return found.value;
  return { endpoints: [], problems: [found.failure] };
}

const byDigest = table("a.b", 'location = "a.b"', "mirror-by-digest-only = true", mirror("m.b"));
const split = table(
  "a.b",
  'location = "a.b"',
  mirror("d.b", 'pull-from-mirror = "digest-only"'),
  mirror("t.b", 'pull-from-mirror = "tag-only"'),
);
const dockerSays = JSON.stringify({
  "registry-mirrors": ["https://One.example:443/", "http://two.example"],
  "insecure-registries": ["plain.example:80", "http://old.example", "10.0.0.0/8", "fd00::/8"],
});

const rows: readonly Row[] = [
  { text: "alpine", expected: ["registry-1.docker.io library/alpine"] },
  { text: "Quay.io/a/b", expected: ["quay.io a/b"] },
  { text: "localhost/a", expected: ["localhost a insecure"] },
  { text: "localhost:5000/a", expected: ["localhost:5000 a insecure"] },
  { text: "127.1.2.3:80/a", expected: ["127.1.2.3:80 a insecure"] },
  { text: "[::1]:5000/a", expected: ["[::1]:5000 a insecure"] },
  { text: "localhost.example/a", expected: ["localhost.example a"] },
  // registries.conf
  {
    text: "a.b/c/d:1",
    files: { [conf]: table("a.b", 'location = "x.y:1/z"', mirror("m.b/n", "insecure = true")) },
    expected: ["m.b n/c/d mirror insecure", "x.y:1 z/c/d"],
  },
  { text: "a.b/c", files: { [conf]: byDigest }, expected: ["a.b c"] },
  { text: `a.b/c@${digest}`, files: { [conf]: byDigest }, expected: ["m.b c mirror", "a.b c"] },
  { text: "a.b/c:1", files: { [conf]: split }, expected: ["t.b c mirror", "a.b c"] },
  { text: `a.b/c:1@${digest}`, files: { [conf]: split }, expected: ["d.b c mirror", "a.b c"] },
  {
    text: "x.a.b/c",
    files: { [conf]: table("*.a.b", "insecure = true", mirror("m.b")) },
    expected: ["m.b c mirror", "x.a.b c insecure"],
  },
  {
    text: "alpine",
    files: { [conf]: table("docker.io/library", 'location = "h.b/hub"') },
    expected: ["h.b hub/alpine"],
  },
  {
    text: "h.b/alpine",
    files: { [conf]: table("h.b", 'location = "docker.io/library"', "insecure = true") },
    expected: ["registry-1.docker.io library/alpine"],
  },
  {
    text: "a.b/c",
    files: { [conf]: table("a.b", "blocked = true", 'location = "a.b"', mirror("m.b")) },
    expected: ["m.b c mirror"],
  },
  {
    text: "a.b/c/d",
    files: { [conf]: `${byDigest}\n${table("a.b/c", 'location = "n.b"')}` },
    expected: ["n.b d"],
  },
  // daemon.json
  {
    text: "alpine",
    files: { [daemon]: dockerSays },
    expected: [
      "one.example:443 library/alpine mirror",
      "two.example library/alpine mirror http",
      "registry-1.docker.io library/alpine",
    ],
  },
  { text: "quay.io/a", files: { [daemon]: dockerSays }, expected: ["quay.io a"] },
  {
    text: "plain.example:80/a",
    files: { [daemon]: dockerSays },
    expected: ["plain.example:80 a insecure"],
  },
  { text: "plain.example/a", files: { [daemon]: dockerSays }, expected: ["plain.example a"] },
  { text: "Old.example/a", files: { [daemon]: dockerSays }, expected: ["old.example a insecure"] },
  { text: "10.1.1.1/a", files: { [daemon]: dockerSays }, expected: ["10.1.1.1 a insecure"] },
  { text: "11.1.1.1:80/a", files: { [daemon]: dockerSays }, expected: ["11.1.1.1:80 a"] },
  {
    text: "[fd00::2]:80/a",
    files: { [daemon]: dockerSays },
    expected: ["[fd00::2]:80 a insecure"],
  },
  {
    text: "[::ffff:a01:101]/a",
    files: { [daemon]: dockerSays },
    expected: ["[::ffff:a01:101] a insecure"],
  },
  // Both, and what is said by hand over them.
  {
    text: "alpine",
    files: { [daemon]: dockerSays, [conf]: table("docker.io", 'location="x.y"', mirror("m.b")) },
    expected: [
      "m.b library/alpine mirror",
      "one.example:443 library/alpine mirror",
      "two.example library/alpine mirror http",
      "x.y library/alpine",
    ],
  },
  {
    text: "alpine",
    files: { [daemon]: dockerSays },
    overrides: { mirrors: { "docker.io": [] } },
    expected: ["registry-1.docker.io library/alpine"],
  },
  {
    text: "A.b/c:1",
    overrides: { mirrors: { "a.B": ["m.b:5000/x/", "n.b"] }, insecure: ["M.b:5000"] },
    expected: ["m.b:5000 x/c mirror insecure", "n.b c mirror", "a.b c"],
  },
];

describe("endpointsFor()", () => {
  it.each(rows)("of $text are $expected", async (row) => {
    const { endpoints, problems } = await ask(row);
    expect(endpoints.map(show)).toEqual(row.expected);
    expect(problems).toEqual([]);
  });

  it("keeps credentials under the name that Docker keeps them", async () => {
    const { endpoints } = await ask({
      text: "alpine",
      overrides: { mirrors: { "docker.io": ["M.b"] } },
    });
    expect(endpoints.map(({ credentialKey }) => credentialKey)).toEqual([
      "m.b",
      "https://index.docker.io/v1/",
    ]);
  });

  it("says where an endpoint comes from", async () => {
    const files = {
      [conf]: table("docker.io", 'location="x.y"', mirror("m.b")),
      [daemon]: dockerSays,
    };
    const { endpoints } = await ask({ text: "alpine", files });
    expect(endpoints.map(({ source }) => source)).toEqual([conf, daemon, daemon, conf]);
    const own = await ask({ text: "alpine", overrides: { mirrors: { "docker.io": ["m.b"] } } });
    expect(own.endpoints.map(({ source }) => source)).toEqual(["fromage.yaml", null]);
  });

  it.each([
    ["a.b/c", table("a.b", 'location="a.b"', "blocked = true"), "a.b"],
    ["a.b/c", table("a.b", 'location="x.y"', "blocked = true"), "a.b"],
    ["a.b/c", table("*.b", "blocked = true"), "*.b"],
    ["a.b/c:1", table("a.b/c:1", 'location="a.b/c:1"', "blocked = true"), "a.b/c:1"],
    [
      "a.b/c",
      table("a.b", 'location="x.y/z"') + table("x.y", 'location="x.y"', "blocked=true"),
      "x.y",
    ],
    ["alpine", table("docker.io", 'location="docker.io"', "blocked = true"), "docker.io"],
  ])("of %s are blocked by %j", async (text, file, prefix) => {
    const { endpoints, problems } = await ask({ text, files: { [conf]: file } });
    expect(endpoints).toEqual([]);
    const reason = `${conf} blocks ${prefix}`;
    const what = expect.stringContaining(text);
    expect(problems).toEqual([{ kind: "denied", what, where: null, reason }]);
  });

  it("of a host that cannot be are refused", async () => {
    const { endpoints, problems } = await ask({ text: "a.b:99999/x" });
    expect(endpoints).toEqual([]);
    expect(problems).toMatchObject([{ kind: "malformed", what: "a.b:99999/x:latest" }]);
  });

  it.each([
    ["n.b", "n.b:latest"],
    ["mirror", "mirror:latest"],
    ["n.b/Upper", "n.b/Upper:latest"],
    ["n.b:99999/x", "n.b:99999/x:latest"],
  ])("is told where a mirror %s gives no name", async (location, name) => {
    const file = table("a.b/c", 'location = "a.b/c"', mirror(location));
    const { endpoints, problems } = await ask({ text: "a.b/c", files: { [conf]: file } });
    expect(endpoints.map(show)).toEqual(["a.b c"]);
    const reason = `"${name}" stands for a.b/c:latest there and is no image's name`;
    expect(problems).toMatchObject([{ kind: "malformed", what: conf, reason }]);
  });
});

describe("resolveAlias()", () => {
  it.each([
    ["app", "a.b/app"],
    ["app:1", "a.b/app:1"],
    [`app@${digest}`, `a.b/app@${digest}`],
    ["team/app", "team/app"],
    ["apps", "apps"],
    ["app:5000/app", "app:5000/app"],
  ])("of %s is %s", async (text, expected) => {
    const files = { [conf]: '[aliases]\napp = "a.b/app"\n"team/app" = ""\n' };
    expect(resolveAlias(text, await readRegistrySettings(memoryMachine(files)))).toBe(expected);
  });
});
