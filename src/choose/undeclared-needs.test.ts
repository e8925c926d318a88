import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { asNeeds, undeclaredNeeds, type NamedPackage } from "./undeclared-needs.ts";
import {
  parseUndeclaredTable,
  readUndeclaredTable,
  type UndeclaredEntry,
} from "./undeclared-table.ts";

const table = readUndeclaredTable();

const idOf = ({ package: { ecosystem, name }, needs, source }: UndeclaredEntry): string =>
  [ecosystem, name, JSON.stringify(needs), source.url, source.says].join(" ");

describe("the table that ships", () => {
  it("has an entry for each thing once, sorted, most of distributions", () => {
    const ids = table.entries.map(idOf);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(60);
    const distribution = table.entries.filter(({ package: { ecosystem } }) => ecosystem === "dpkg");
    expect(distribution.length).toBeGreaterThan(ids.length / 2);
    const ecosystems = table.entries.map((entry) => entry.package.ecosystem);
    expect(ecosystems).toEqual([...Map.groupBy(ecosystems, (one) => one).values()].flat());
  });

  it("calls nothing likely that its own condition doubts", () => {
    const doubtful = table.entries.filter(
      ({ certainty, when }) => when === "always" && certainty !== "likely",
    );
    expect(doubtful).toEqual([]);
  });

  it.each([
    ["command", /^[A-Za-z0-9_.-]+$/],
    ["soname", /\.so(?:\.\d+)*$/],
    ["file", /^\/(?:etc|usr)\//],
    ["package", /^[a-z0-9][a-z0-9+.-]+$/],
  ] as const)("names every %s as a loader, PATH or database would", (kind, pattern) => {
    const wanted = table.entries.flatMap(({ needs }) => needs).filter((one) => one.kind === kind);
    const names = wanted.map((one) =>
      one.kind === "soname" ? one.soname : one.kind === "file" ? one.path : one.name,
    );
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !pattern.test(name))).toEqual([]);
  });
});

describe("undeclaredNeeds()", () => {
  it.each([
    [{ ecosystem: "dpkg", name: "git" }, ["command ssh"]],
    [{ ecosystem: "apk", name: "git" }, ["command ssh"]],
    [{ ecosystem: "dpkg", name: "libmagickcore-6.q16-6" }, ["command gs"]],
    [{ ecosystem: "pypi", name: "Python_Magic" }, ["dlopen libmagic.so.1"]],
    [{ ecosystem: "npm", name: "canvas" }, ["dlopen libcairo.so.2", "file /usr/share/fonts"]],
    [{ ecosystem: "npm", name: "git" }, []],
    [{ ecosystem: "rpm", name: "git" }, []],
    [{ ecosystem: "gem", name: "ruby_vips" }, []],
  ] as const)("%o", (named, expected) => {
    const names = asNeeds(undeclaredNeeds(table, [named])).map((need) =>
      [need.kind, "name" in need ? need.name : "path" in need ? need.path : ""].join(" "),
    );
    expect(names).toEqual(expect.arrayContaining([...expected]));
    if (expected.length === 0) expect(names).toEqual([]);
  });

  it("says why, and when", () => {
    const [ssh] = undeclaredNeeds(table, [{ ecosystem: "dpkg", name: "git" }]).filter(
      ({ anyOf: [wanted] }) => wanted?.kind === "command" && wanted.name === "ssh",
    );
    expect(ssh).toEqual({
      anyOf: [{ kind: "command", name: "ssh" }],
      package: { ecosystem: "dpkg", name: "git" },
      certainty: "possible",
      when: "a repository is reached by ssh",
      evidence: {
        file: "http://deb.debian.org/debian/dists/trixie/main/binary-amd64/Packages.xz",
        seen: "git: Recommends: ssh-client",
      },
    });
  });

  it("joins what several packages need, the stronger word counts", () => {
    const packages: readonly NamedPackage[] = [
      { ecosystem: "dpkg", name: "yt-dlp" },
      { ecosystem: "pypi", name: "pydub" },
    ];
    const needs = asNeeds(undeclaredNeeds(table, packages));
    const ffmpeg = needs.find((need) => need.kind === "command" && need.name === "ffmpeg");
    expect(ffmpeg?.certainty).toBe("likely");
    expect(ffmpeg?.evidence).toHaveLength(2);
    expect(needs.map(({ kind }) => kind)).toEqual(needs.map(({ kind }) => kind).toSorted());
  });

  it("a package by its name is wanted, and no need of the app", () => {
    const found = undeclaredNeeds(table, [{ ecosystem: "dpkg", name: "libsasl2-2" }]);
    expect(found.flatMap(({ anyOf }) => anyOf)).toEqual([
      { kind: "package", name: "libsasl2-modules" },
    ]);
    expect(asNeeds(found)).toEqual([]);
  });
});

describe("parseUndeclaredTable() refuses", () => {
  const entry = {
    package: { ecosystem: "dpkg", name: "a" },
    needs: [{ kind: "command", name: "b" }],
    certainty: "likely",
    when: "always",
    source: { url: "https://example.org/", date: "2026-01-01", says: "c" },
  };
  const made = (fields: object): string =>
    JSON.stringify({
      schema: "fromage/undeclared-needs@1",
      entries: [entry, { ...entry, ...fields }],
    });

  it("nothing of what is right", () => {
    expect(parseUndeclaredTable(made({})).entries).toHaveLength(2);
    const text = readFileSync(new URL("../../data/undeclared-needs.json", import.meta.url), "utf8");
    expect(parseUndeclaredTable(text)).toEqual(table);
  });

  it.each([
    ["an ecosystem that nobody knows", { package: { ecosystem: "brew", name: "a" } }],
    ["a package without a name", { package: { ecosystem: "dpkg", name: "" } }],
    ["no needs", { needs: [] }],
    ["a need of another kind", { needs: [{ kind: "smell", name: "b" }] }],
    ["one bad need among good ones", { needs: [...entry.needs, { kind: "file", path: "x" }] }],
    ["a certainty that only the loader has", { certainty: "certain" }],
    ["a source without an address", { source: { ...entry.source, url: "debian" } }],
    ["a source without a day", { source: { ...entry.source, date: "soon" } }],
    ["a field that nobody knows", { versions: ">= 2" }],
  ])("%s", (_, fields) => {
    expect(() => parseUndeclaredTable(made(fields))).toThrow(/entry 1 is malformed/);
  });

  it.each([
    ["another schema", '{"schema":"x","entries":[]}', /another schema/],
    ["no list", '{"schema":"fromage/undeclared-needs@1","entries":{}}', /no entries/],
    ["no JSON", "{", SyntaxError],
  ] as const)("%s", (_, text, expected) => {
    expect(() => parseUndeclaredTable(text)).toThrow(expected);
  });
});
