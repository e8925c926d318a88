import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findEntry, findHelper } from "./auth-keys.ts";
import { parseAuthFile, type AuthEntry } from "./parse-auth-file.ts";

const auth = (text: string | Buffer): string => Buffer.from(text).toString("base64");
const one = (entry: unknown): string => JSON.stringify({ auths: { "a.b": entry } });

function show(entry: AuthEntry | null | undefined): string {
  if (entry === null || entry === undefined) return "none";
  if (entry.kind === "password") return `${entry.username} ${entry.password}`;
  return entry.kind === "broken" ? `broken: ${entry.reason}` : `${entry.kind} ${entry.token}`;
}

describe("parseAuthFile()", () => {
  it.each([
    [{ auth: auth("user:password") }, "user password"],
    [{ auth: auth("user:pass:with:colons ") }, "user pass:with:colons "],
    [{ auth: auth("user:") }, "user "],
    [{ auth: auth("user:pass\0\0") }, "user pass"],
    [{ auth: auth("üser:pässwörd") }, "üser pässwörd"],
    [{ auth: auth("user:\ufeffp") }, "user \ufeffp"],
    [
      { auth: `${auth("user:password").slice(0, 4)}\n${auth("user:password").slice(4)}` },
      "user password",
    ],
    [{ username: "user", password: "pass" }, "user pass"],
    [{ username: "no", password: "no", auth: auth("user:pass") }, "user pass"],
    [{ auth: auth("00000000:"), identitytoken: "token" }, "identity-token token"],
    [{ identitytoken: "no", registrytoken: "token" }, "bearer token"],
    [{}, "none"],
    [{ auth: "" }, "none"],
    [{ email: "user@a.b" }, "none"],
    [{ auth: "marker!" }, 'broken: auths "a.b" has an auth that is not base64'],
    [{ auth: "bWFya2V" }, 'broken: auths "a.b" has an auth that is not base64'],
    [{ auth: auth("marker") }, 'broken: auths "a.b" has an auth that is not USER:PASSWORD'],
    [{ auth: auth(":marker") }, 'broken: auths "a.b" has an auth that is not USER:PASSWORD'],
    [
      { auth: auth(Buffer.from([0x61, 0x3a, 0xff])) },
      'broken: auths "a.b" has an auth that is not UTF-8',
    ],
    ["marker", 'broken: auths "a.b" is no object'],
  ])("reads %j as %s", (entry, expected) => {
    const { value, problems } = parseAuthFile(one(entry));
    expect(show(value?.entries.get("a.b"))).toBe(expected);
    expect(problems).toHaveLength(expected.startsWith("broken") ? 1 : 0);
    expect(JSON.stringify(problems)).not.toContain("marker");
  });

  it.each([
    ["", 0],
    [" \n", 0],
    ["{}", 0],
    ['{"auths": null, "credHelpers": null, "credsStore": ""}', 0],
    ['{"auths": [], "credHelpers": 1}', 2],
    ['{"credsStore": "../marker"}', 1],
    ['{"credHelpers": {"a.b": "mark er"}}', 1],
    ['{"credHelpers": {"https://user:marker@a.b": "/x"}}', 1],
    ['{"auths": {"https://user:marker@a.b": 1}}', 1],
    ['{"auths": marker}', 1],
  ])("tells what is wrong in %s", (text, count) => {
    const { value, problems } = parseAuthFile(text);
    expect(problems).toHaveLength(count);
    expect(value?.store ?? null).toBeNull();
    expect([...(value?.helpers ?? [])]).toEqual([]);
    expect(JSON.stringify(problems)).not.toContain("marker");
  });

  it("is null for what is no JSON", () => {
    const { value, problems } = parseAuthFile('{\n  "auths": {"a": }\n}');
    expect(value).toBeNull();
    expect(problems).toEqual([{ reason: "it is not JSON", line: 2, column: 18 }]);
  });
});

describe("parseAuthFile() of anything", () => {
  it("throws nothing and repeats no value", () => {
    const word = fc.constantFrom(
      "auths",
      "auth",
      "credHelpers",
      "credsStore",
      "identitytoken",
      "a.b",
    );
    const secret = fc.constantFrom("MARKER", "MARKER!", "TUFSS0VS", "../MARKER", 7, null, true);
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "medium" },
        secret,
        fc.dictionary(word, tie("node"), { maxKeys: 4 }),
        fc.array(tie("node"), { maxLength: 2 }),
      ),
    })).node;
    const cut = fc.tuple(fc.dictionary(word, tree), fc.nat(), fc.boolean());
    fc.assert(
      fc.property(cut, ([value, end, isCut]) => {
        const text = JSON.stringify(value);
        const { problems } = parseAuthFile(isCut ? text.slice(0, end % text.length) : text);
        expect(JSON.stringify(problems)).not.toMatch(/MARKER|TUFS/);
      }),
      { numRuns: 1000 },
    );
  });
});

const hub = "https://index.docker.io/v1/";

describe("findEntry()", () => {
  it.each([
    ["quay.io", "quay.io", "a/b", "quay.io"],
    ["quay.io", "quay.io:443", "a/b", "none"],
    ["quay.io:443", "quay.io", "a/b", "none"],
    ["https://quay.io/v1/", "quay.io", "a", "https://quay.io/v1/"],
    ["http://quay.io", "quay.io", "a", "http://quay.io"],
    ["quay.io/v1/", "quay.io", "a", "quay.io/v1/"],
    ["https://quay.io:8443/v2/", "quay.io:8443", "a", "https://quay.io:8443/v2/"],
    ["quay.io/team", "quay.io", "team/app", "quay.io/team"],
    ["quay.io/team/app", "quay.io", "team/app", "quay.io/team/app"],
    ["quay.io/team", "quay.io", "teams/app", "none"],
    ["quay.io/team/app/x", "quay.io", "team/app", "none"],
    ["quay.io quay.io/team quay.io/team/app", "quay.io", "team/app", "quay.io/team/app"],
    ["https://quay.io quay.io/team quay.io", "quay.io", "other", "quay.io"],
    ["https://quay.io quay.io/team", "quay.io", "team", "quay.io/team"],
    [hub, hub, "library/alpine", hub],
    ["docker.io", hub, "library/alpine", "docker.io"],
    ["index.docker.io", hub, "library/alpine", "index.docker.io"],
    ["https://registry-1.docker.io", hub, "library/alpine", "https://registry-1.docker.io"],
    [`${hub} docker.io/library`, hub, "library/alpine", "docker.io/library"],
    ["[::1]:5000", "[::1]:5000", "a", "[::1]:5000"],
    ["evil.example/quay.io", "quay.io", "a", "none"],
    ["https://quay.io.evil.example", "quay.io", "a", "none"],
    ["https://quay.io@evil.example", "quay.io", "a", "none"],
  ])("of [%s] for %s %s is %s", (keys, credentialKey, repository, expected) => {
    const auths = keys.split(" ").map((key) => [key, { username: key, password: "" }]);
    const { value } = parseAuthFile(JSON.stringify({ auths: Object.fromEntries(auths) }));
    if (value === null) throw new Error(keys);
    expect(show(findEntry(value, { credentialKey, repository })).trim()).toBe(expected);
  });
});

describe("findHelper()", () => {
  it.each([
    ["quay.io", "quay.io", "quay.io"],
    ["quay.io", "quay.io:80", null],
    [hub, hub, hub],
    ["docker.io", hub, "docker.io"],
  ])("of %s for %s asks for %s", (key, credentialKey, server) => {
    const { value } = parseAuthFile(JSON.stringify({ credHelpers: { [key]: "pass" } }));
    if (value === null) throw new Error(key);
    const expected = server === null ? null : { name: "pass", server };
    expect(findHelper(value, { credentialKey, repository: "a" })).toEqual(expected);
  });
});
