import fc, { type Arbitrary } from "fast-check";
import {
  copyWords,
  directoryWord,
  envPair,
  isImageName,
  jsonWords,
} from "../../../src/dockerfile/escape.ts";
import { readGoBuild } from "../../../src/formats/go/build-info.ts";
import { fromBytes } from "../../../src/formats/random-access.ts";
import { parseReference, splitTag } from "../../../src/image/sources/reference.ts";
import { isDigest } from "../../../src/model/digest.ts";
import { formatPlatform, parsePlatform } from "../../../src/model/platform.ts";
import { choosePlatforms } from "../../../src/image/sources/choose-platform.ts";
import { parseSettings } from "../../../src/settings/parse-settings.ts";
import type { Family } from "../family.ts";
import { oddLine, pathName, textBytes } from "./words.ts";

const textOf = (input: Uint8Array): string => Buffer.from(input).toString("utf8");

const reference = fc
  .tuple(
    fc.constantFrom("", "", "oci:", "oci-archive:", "archive:", "rootfs:", "docker:", "registry:"),
    fc.oneof(
      fc.constantFrom("alpine", "library/alpine", "ghcr.io/a/b", "localhost:5000/x", "[::1]:5/x"),
      fc.constantFrom("linux/amd64", "linux/arm64/v8", "linux/constructor", "arm"),
      pathName,
    ),
    fc.constantFrom("", ":1.2", ":latest", `@sha256:${"0".repeat(64)}`, "@sha256:1", ":a:b", ":"),
  )
  .map((parts) => parts.join(""));

/** References, image names, digests and platforms as people and configs write them. */
export const references: Family = {
  name: "references",
  made: textBytes(fc.oneof(reference, reference, oddLine)),
  read(input) {
    const text = textOf(input);
    const parsed = parseReference(text);
    const platform = parsePlatform(text);
    if (platform !== null) {
      const written = formatPlatform(platform);
      const again = parsePlatform(written);
      if (again === null || formatPlatform(again) !== written) {
        throw new TypeError(`platform ${written} is written in two ways`);
      }
    }
    const places = platform === null ? [] : [{ platform }];
    return {
      parsed,
      split: splitTag(parsed.rest, (path) => path.length % 3 === 0),
      platform,
      chosen: platform === null ? null : choosePlatforms(places, [platform], "here"),
      isDigest: isDigest(text),
      isImageName: isImageName(text),
    };
  },
};

/** Words of a Dockerfile are one line each and, in JSON form, read back as they were. */
export const dockerfile: Family = {
  name: "dockerfile",
  made: textBytes(
    fc.array(fc.oneof(pathName, oddLine), { maxLength: 4 }).map((all) => all.join("\x01")),
  ),
  read(input) {
    const words = textOf(input).split("\x01");
    const [first = ""] = words;
    const json = jsonWords(words);
    const back: unknown = JSON.parse(json);
    if (JSON.stringify(back) !== JSON.stringify(words)) {
      throw new TypeError(`${json} reads back as something else`);
    }
    const made = [json, copyWords(words, "/"), envPair("A", first), directoryWord(first)];
    for (const word of made) {
      if (word !== null && /[\r\n\u2028\u2029\0]/.test(word)) {
        throw new TypeError(`${JSON.stringify(word)} is no single line`);
      }
    }
    return made;
  },
};

const goText = fc
  .array(
    fc.oneof(
      fc.constantFrom("path\ta", "mod\ta\tv1", "dep\tb\tv1\th1:", "=>\tc", "build\tCGO_ENABLED=0"),
      fc.constantFrom('build\t"a b"="c\\n"', "build\t__proto__=1", "build\t`x`=`y`", 'build\t"="'),
      oddLine.map((line) => `build\t${line}`),
    ),
    { maxLength: 8 },
  )
  .map((all) => Buffer.from(`${"w".repeat(16)}${all.join("\n")}\n${"w".repeat(16)}`));
const madeGoBuild: Arbitrary<Uint8Array> = fc
  .record({
    pointerBytes: fc.constantFrom(4, 8, 0, 255),
    flags: fc.nat({ max: 3 }),
    version: fc.constantFrom("go1.21.5", "", "go1.26 X:rangefunc"),
    modules: goText,
    places: fc.array(fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(2 ** 31, 2 ** 32 - 1)), {
      minLength: 8,
      maxLength: 8,
    }),
  })
  .map(({ pointerBytes, flags, version, modules, places }) => {
    const magic = Buffer.from("\xff Go buildinf:", "latin1");
    const head = Buffer.concat([magic, Buffer.from([pointerBytes, flags])]);
    const pointers = Buffer.alloc(32);
    places.slice(0, 8).forEach((value, at) => pointers.writeUInt32LE(value, 4 * at));
    const strings = [Buffer.from(version), modules].flatMap((bytes) => [
      Buffer.from([(bytes.byteLength & 0x7f) | (bytes.byteLength > 127 ? 0x80 : 0)]),
      ...(bytes.byteLength > 127 ? [Buffer.from([bytes.byteLength >> 7])] : []),
      bytes,
    ]);
    return Buffer.concat([head, pointers.subarray(0, 32 - head.byteLength), ...strings, pointers]);
  });

export const goBuild: Family = {
  name: "go-build",
  made: madeGoBuild,
  read(input) {
    const content = fromBytes(input);
    const at = (offset: number, length: number): Buffer | null =>
      offset >= 0 && offset + length <= input.byteLength
        ? Buffer.from(content.read(offset, length))
        : null;
    return readGoBuild({ at, atAddress: (address, length) => at(address, length) }, 0);
  },
};

const yamlPart = fc.oneof(
  fc.constantFrom(..."platforms bases offline cache registries mirrors insecure".split(" ")),
  fc.constantFrom(
    ": ",
    "\n",
    "\n  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "!!map ",
    "<<: ",
    "|\n",
  ),
  fc.constantFrom("true", "0", "~", "'a'", '"b"', "? ", "---\n", "%YAML 1.2\n", "__proto__"),
  oddLine,
);

/** `fromage.yaml`. */
export const settings: Family = {
  name: "settings",
  made: textBytes(fc.array(yamlPart, { maxLength: 24 }).map((parts) => parts.join(""))),
  read: (input) => parseSettings(textOf(input)),
  maxOutput: (inputBytes) => 256 * 1024 + 400 * inputBytes,
};
