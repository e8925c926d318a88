import fc, { type Arbitrary } from "fast-check";
import { parseChallenges } from "../../../src/image/registry/client/challenges.ts";
import { parseAuthFile } from "../../../src/image/registry/credentials/parse-auth-file.ts";
import { parseImageName, wholeName } from "../../../src/image/registry/names/parse-image-name.ts";
import { parseDaemonJson } from "../../../src/image/registry/settings/parse-daemon-json.ts";
import { parseRegistriesConf } from "../../../src/image/registry/settings/parse-registries-conf.ts";
import type { Family } from "../family.ts";
import { oddLine, textBytes } from "./words.ts";

const host = fc.constantFrom("docker.io", "[::1]:5000", "https://x/v1/", "a b", "10.0.0.0/8", "");
const oddValue = fc.oneof(fc.jsonValue({ maxDepth: 2 }), oddLine, host);
const hostsIn = (name: string): Arbitrary<unknown> =>
  fc.dictionary(fc.constant(name), fc.oneof(fc.array(oddValue, { maxLength: 3 }), oddValue));
const login = fc.dictionary(
  fc.constantFrom("auth", "identitytoken", "registrytoken", "username", "__proto__"),
  fc.oneof(fc.constantFrom("YTpi", "YQ==", "!"), oddValue),
);
const json = fc
  .oneof(
    hostsIn("registry-mirrors"),
    hostsIn("insecure-registries"),
    fc.record({ auths: fc.dictionary(host, fc.oneof(login, oddValue)) }),
    fc.record({ credHelpers: fc.dictionary(host, oddValue), credsStore: oddValue }),
    oddValue,
  )
  .map((value) => JSON.stringify(value));
const toml = fc
  .array(
    fc.oneof(
      fc.constantFrom("[[registry]]\n", "[registries.search]\n", "[[registry.mirror]]\n", "\n"),
      fc
        .tuple(
          fc.constantFrom("location", "prefix", "insecure", "blocked", "registries", "a.b.c"),
          oddValue,
        )
        .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`),
      oddLine,
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join(""));
const challenge = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "Bearer ",
        "Basic ",
        'realm="https://x/t"',
        ",",
        'scope="a',
        "service=",
        "==",
      ),
      oddLine,
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

/** Settings of engines, logins, challenges and names of images: the same text is given to all of them. */
export const registry: Family = {
  name: "registry",
  made: textBytes(fc.oneof(json, json, toml, challenge, oddLine)),
  async read(input) {
    const text = Buffer.from(input).toString("utf8");
    const name = parseImageName(text);
    if (name.ok) {
      const again = parseImageName(wholeName(name.value));
      if (!again.ok || wholeName(again.value) !== wholeName(name.value)) {
        throw new TypeError(`${wholeName(name.value)} is another name when it is read again`);
      }
    }
    return [
      name,
      parseDaemonJson(text),
      parseAuthFile(text),
      parseChallenges(text),
      await parseRegistriesConf({ text, source: "file", isDropIn: input.length % 2 === 0 }),
    ];
  },
  maxOutput: (inputBytes) => 64 * 1024 + 400 * inputBytes,
};
