import fc from "fast-check";
import { stringify } from "smol-toml";
import { describe, expect, it } from "vitest";
import { parseRegistriesConf } from "./parse-registries-conf.ts";
import { mergeRegistriesConf } from "./registries-conf.ts";

const everything = `
unqualified-search-registries = ["docker.io", "quay.io:443/"]
credential-helpers = ["pass", "containers-auth.json"]
short-name-mode = "permissive"

[[registry]]
prefix = "quay.io/team"
location = "mirror.example:5000/quay/"
insecure = true
mirror-by-digest-only = true
[[registry.mirror]]
location = "one.example"
[[registry]]
prefix = "*.example.com"
blocked = true
[[registry]]
location = "docker.io"
[[registry.mirror]]
location = "two.example/hub"
insecure = true
pull-from-mirror = "tag-only"
[[registry]]
location = "docker.io"
blocked = false

[aliases]
"app" = "registry.example/team/app"
"team/app" = ""
`;

async function parse(
  text: string,
  isDropIn = false,
): Promise<Awaited<ReturnType<typeof parseRegistriesConf>>> {
  return await parseRegistriesConf({ text, source: "f", isDropIn });
}

const table = { location: null, isInsecure: false, isBlocked: false, mirrors: [], source: "f" };

describe("parseRegistriesConf()", () => {
  it("reads the second version", async () => {
    expect(await parse(everything)).toEqual({
      problems: [],
      value: {
        searchRegistries: { hosts: ["docker.io", "quay.io:443"], source: "f" },
        credentialHelpers: ["pass", "containers-auth.json"],
        aliases: new Map([
          ["app", { name: "registry.example/team/app", source: "f" }],
          ["team/app", { name: null, source: "f" }],
        ]),
        registries: [
          { ...table, prefix: "*.example.com", isBlocked: true },
          {
            ...table,
            prefix: "docker.io",
            location: "docker.io",
            mirrors: [{ location: "two.example/hub", isInsecure: true, serves: "tag-only" }],
          },
          {
            ...table,
            prefix: "quay.io/team",
            location: "mirror.example:5000/quay",
            isInsecure: true,
            mirrors: [{ location: "one.example", isInsecure: false, serves: "digest-only" }],
          },
        ],
      },
    });
  });

  it("reads the first version", async () => {
    const text = `[registries.search]
registries = ['registry1.com']
[registries.insecure]
registries = ['registry3.com', 'both.com']
[registries.block]
registries = ['both.com', 'registry.unsafe.com']
`;
    expect(await parse(text)).toMatchObject({
      problems: [],
      value: {
        searchRegistries: { hosts: ["registry1.com"], source: "f" },
        registries: [
          { ...table, prefix: "both.com", location: "both.com", isInsecure: true, isBlocked: true },
          { prefix: "registry.unsafe.com", isInsecure: false, isBlocked: true },
          { prefix: "registry3.com", isInsecure: true, isBlocked: false },
        ],
      },
    });
  });

  it.each([
    ["[[registry]\n", /^it is not TOML: /, 1],
    ["\n\nx = \n", /^it is not TOML: /, 3],
    ["a = 1\na = 2\n", /^it is not TOML: /, 2],
    ["registry = 1\n", /^registry must be \[\[registry\]\]$/, null],
    ["registry = [1]\n", /^\[\[registry\]\] 1: is no table$/, null],
    ["[[registry]]\n", /neither prefix nor location is there/, null],
    ["[[registry]]\nprefix = 'a.b'\n", /1 "a.b": location is missing/, null],
    ["[[registry]]\nlocation = 'https://a.b'\n", /are HOST\[:PORT\]\[\/PATH\]/, null],
    ["[[registry]]\nlocation = 1\n", /are HOST/, null],
    ["[[registry]]\nlocation = 'a b'\n", /its prefix is no HOST/, null],
    ["[[registry]]\nprefix = 'a.b'\nlocation = '-'\n", /its location is no HOST/, null],
    ["[[registry]]\nprefix = '*.a.b/c'\n", /a wildcard stands as \*\.example\.com/, null],
    ["[[registry]]\nprefix = '*.a.b:80'\n", /a wildcard stands as/, null],
    ["[[registry]]\nlocation = 'a.b'\nblocked = 'yes'\n", /blocked must be true or false/, null],
    [
      "[[registry]]\nlocation = 'a.b'\npull-from-mirror = 'all'\n",
      /stands in \[\[registry.m/,
      null,
    ],
    ["[[registry]]\nlocation = 'a.b'\nmirror = 1\n", /mirror must be \[\[registry.mirror/, null],
    ["[[registry]]\nlocation = 'a.b'\n[[registry.mirror]]\n", /mirror 1: its location/, null],
    [
      "[[registry]]\nlocation = 'a.b'\n[[registry.mirror]]\nlocation='c.d'\npull-from-mirror='x'\n",
      /mirror 1: pull-from-mirror is one of all, digest-only and tag-only/,
      null,
    ],
    [
      "[[registry]]\nlocation = 'a.b'\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation='c.d'\npull-from-mirror='all'\n",
      /exclude each other/,
      null,
    ],
    ["[registries.search]\nregistries = 1\n", /must be a list of texts/, null],
    ["registry = []\n[registries.search]\nregistries = []\n", /do not stand together/, null],
    ["unqualified-search-registries = ['a b']\n", /"a b" is no HOST\[:PORT\]/, null],
    ["unqualified-search-registries = 'a.b'\n", /must be a list of texts/, null],
    ["[aliases]\n'a.b/c' = 'a.b/c'\n", /"a.b\/c" is no name without registry/, null],
    ["[aliases]\n'a:1' = 'a.b/c'\n", /"a:1" is no name without/, null],
    ["[aliases]\na = 'b'\n", /must stand for a name with registry/, null],
    ["[aliases]\na = 'a.b/c:1'\n", /without tag and digest/, null],
    ["[aliases]\na = 1\n", /must stand for a name/, null],
    ["aliases = 1\n", /aliases must be a table/, null],
  ])("tells what is wrong in %j", async (text, reason, line) => {
    const { value, problems } = await parse(text);
    expect(value.registries).toEqual([]);
    expect(value.aliases.size).toBe(0);
    expect(problems).toHaveLength(1);
    expect(problems[0]?.reason).toMatch(reason);
    expect(problems[0]?.line).toBe(line);
  });

  it("leaves out a wrong table alone", async () => {
    const text = "[[registry]]\nprefix='a.b'\n[[registry]]\nlocation='c.d'\n";
    const { value, problems } = await parse(text);
    expect(value.registries.map(({ prefix }) => prefix)).toEqual(["c.d"]);
    expect(problems).toHaveLength(1);
  });

  it("tells tables that contradict each other", async () => {
    const text =
      "[[registry]]\nprefix='a.b'\nlocation='c.d'\nblocked=true\n[[registry]]\nlocation='c.d'\n";
    const { value, problems } = await parse(text);
    expect(value.registries).toHaveLength(2);
    expect(problems[0]?.reason).toMatch(/^c\.d is told to be insecure or blocked in one table/);
  });

  it("throws at nothing, and lets no table through that is not sound", async () => {
    const text = fc.constantFrom(
      "",
      "a.b",
      "*.a.b",
      "a.b:1/c",
      "https://a.b",
      "a b",
      "all",
      "tag-only",
    );
    const value = fc.oneof(text, fc.boolean(), fc.integer(), fc.array(text, { maxLength: 2 }));
    const fields = ["prefix", "location", "insecure", "blocked", "pull-from-mirror"];
    const tables = (inside: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
      fc.oneof(
        value,
        fc.array(fc.dictionary(fc.constantFrom(...fields, "mirror"), inside), { maxLength: 3 }),
      );
    const names = fc.constantFrom("registry", "registries", "aliases", "credential-helpers", "x");
    const file = fc.dictionary(names, tables(fc.oneof(value, tables(value))));
    await fc.assert(
      fc.asyncProperty(file, async (top) => {
        const { value: conf, problems } = await parse(stringify(top));
        for (const { prefix, location, mirrors } of conf.registries) {
          const places = [location ?? "a.b", ...mirrors.map((one) => one.location)];
          for (const place of [prefix.replace(/^\*\./, ""), ...places]) {
            expect(place).toMatch(/^(?:a\.b|a\.b:1\/c|all|tag-only)$/);
          }
        }
        for (const { reason } of problems) expect(reason).toMatch(/^\S.+[^.]$/);
      }),
      { numRuns: 500 },
    );
  });

  it("takes no first version as drop-in", async () => {
    const { problems } = await parse("[registries.search]\nregistries = ['a.b']\n", true);
    expect(problems[0]?.reason).toMatch(/first version/);
  });
});

describe("mergeRegistriesConf()", () => {
  it("puts later tables, lists and aliases over earlier ones", async () => {
    const { value: earlier } = await parse(everything);
    const { value: later } = await parse(
      "unqualified-search-registries = []\n[[registry]]\nlocation = 'docker.io'\n[aliases]\napp=''\n",
    );
    const { registries, aliases, ...rest } = mergeRegistriesConf(earlier, later);
    expect(registries.map(({ prefix, mirrors }) => [prefix, mirrors.length])).toEqual([
      ["*.example.com", 0],
      ["docker.io", 0],
      ["quay.io/team", 1],
    ]);
    expect(aliases.get("app")?.name).toBeNull();
    expect(rest).toEqual({
      searchRegistries: { hosts: [], source: "f" },
      credentialHelpers: ["pass", "containers-auth.json"],
    });
  });
});
