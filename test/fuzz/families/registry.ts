import fc, { type Arbitrary } from "fast-check";
import { parseChallenges } from "../../../src/image/registry/client/challenges.ts";
import { findEntry, findHelper } from "../../../src/image/registry/credentials/auth-keys.ts";
import {
  isHelperName,
  parseAuthFile,
} from "../../../src/image/registry/credentials/parse-auth-file.ts";
import { parseImageName, wholeName } from "../../../src/image/registry/names/parse-image-name.ts";
import { endpointsFor } from "../../../src/image/registry/settings/endpoints-for.ts";
import { parseDaemonJson } from "../../../src/image/registry/settings/parse-daemon-json.ts";
import { parseRegistriesConf } from "../../../src/image/registry/settings/parse-registries-conf.ts";
import { readRegistrySettings } from "../../../src/image/registry/settings/read-settings.ts";
import { noOverrides } from "../../../src/image/registry/settings/settings.ts";
import { memoryMachine } from "../../../src/image/machine/testdata/memory-machine.ts";
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

const asked = ["docker.io/library/a:1", "[::1]:5000/a", `r.example/b/c@sha256:${"0".repeat(64)}`];

/** Where images are asked for when the text is in all settings: every place is an address. */
async function findPlaces(text: string, isConf: boolean): Promise<unknown> {
  const file = isConf ? "/etc/containers/registries.conf" : "/etc/docker/daemon.json";
  const settings = await readRegistrySettings(memoryMachine({ [file]: text }), noOverrides);
  return asked.map((one) => {
    const image = parseImageName(one);
    const found = image.ok ? endpointsFor(image.value, settings) : image;
    if (!found.ok) return found.failure;
    for (const { host, repository } of found.value.endpoints) {
      const url = new URL(`https://${host}/v2/${repository}/manifests/1`);
      const isThere = url.host === new URL(`https://${host}`).host && url.username === "";
      const path = `/v2/${repository}/manifests/1`;
      if (!isThere || url.pathname !== path)
        throw new TypeError(`${host} ${repository} is no place`);
    }
    return found.value;
  });
}

/** What a file of logins has for a host that the text may name. */
function findLogins(text: string): unknown {
  const { value } = parseAuthFile(text);
  if (value === null) return null;
  return ["docker.io", "[::1]:5000", "10.0.0.0"].map((credentialKey) => {
    const wanted = { credentialKey, repository: "a/b" };
    const helper = findHelper(value, wanted);
    // Without a name it says that there is none.
    const isNamed = helper !== null && helper.name !== "";
    if (isNamed && !isHelperName(helper.name)) throw new TypeError(`helper ${helper.name}`);
    return [findEntry(value, wanted), helper];
  });
}

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
      await findPlaces(text, input.length % 2 === 0),
      findLogins(text),
      parseDaemonJson(text),
      parseAuthFile(text),
      parseChallenges(text),
      await parseRegistriesConf({ text, source: "file", isDropIn: input.length % 2 === 0 }),
    ];
  },
  maxOutput: (inputBytes) => 64 * 1024 + 1200 * inputBytes,
};
