import fc, { type Arbitrary } from "fast-check";
import { parseLdSoCache } from "../../../src/formats/ld-so-cache.ts";
import { fromBytes } from "../../../src/formats/random-access.ts";
import { parseOsRelease } from "../../../src/formats/os-release.ts";
import { parsePasswd } from "../../../src/formats/passwd.ts";
import { textLines } from "../../../src/formats/text-lines.ts";
import type { FileEntry } from "../../../src/image/layer-facts.ts";
import { shebangReader } from "../../../src/image/readers/shebangs.ts";
import { textReader } from "../../../src/image/readers/texts.ts";
import { parseEnvArgument, parseShebang } from "../../../src/linking/shebang.ts";
import type { Family } from "../family.ts";
import { lines, oddLine, pathName, textBytes } from "./words.ts";

const entry: FileEntry = { path: "/a", type: "file", mode: 0, uid: 0, gid: 0, sizeBytes: 0 };
const line = fc.oneof(
  fc
    .tuple(
      fc.constantFrom("ID", "ID_LIKE", "VERSION_ID", "PRETTY_NAME", "__proto__", "1A", ""),
      oddLine,
    )
    .map((parts) => parts.join("=")),
  fc
    .tuple(oddLine, fc.nat(), fc.nat(), pathName)
    .map(([name, uid, gid, home]) => `${name}:x:${uid}:${gid}:${name}:${home}:/bin/sh`),
  fc
    .tuple(fc.constantFrom("#!", "#! ", "#!\t"), pathName, oddLine)
    .map(([mark, path, rest]) => `${mark}${path} ${rest}`),
  oddLine.map((rest) => `#!/usr/bin/env ${rest}`),
  oddLine.map((rest) => `#!/usr/bin/env -S ${rest}`),
);

/** Small files that are read whole, and first lines of scripts. */
export const texts: Family = {
  name: "texts",
  usualBytes: 2048,
  made: textBytes(lines(line, 6)),
  read(input) {
    const content = fromBytes(input);
    const text = textReader.read({ entry, content }) ?? "";
    const fact = shebangReader.read({ entry, content });
    const shebang = fact === null ? null : parseShebang(fact);
    return {
      lines: [...textLines(input)].length,
      osRelease: parseOsRelease(text),
      accounts: parsePasswd(text),
      shebang,
      env: shebang === null ? null : parseEnvArgument(shebang.argument),
    };
  },
};

const word = fc.oneof(fc.nat({ max: 300 }), fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1, 0x4000_0000));
const madeCache: Arbitrary<Uint8Array> = fc
  .record({
    isBig: fc.boolean(),
    isBehindOld: fc.boolean(),
    entries: fc.array(fc.array(word, { minLength: 6, maxLength: 6 }), { maxLength: 6 }),
    text: fc.array(pathName, { maxLength: 8 }).map((names) => `${names.join("\0")}\0`),
    extension: fc.array(word, { maxLength: 12 }),
    count: fc.oneof(fc.constant(null), word),
  })
  .map(({ isBig, isBehindOld, entries, text, extension, count }) => {
    const strings = Buffer.from(text);
    const extensionAt = 48 + entries.length * 24 + strings.byteLength;
    const words = [count ?? entries.length, strings.byteLength, 0, extensionAt, 0, 0, 0];
    const head = [...words, ...entries.flat()].map((value) => numberBytes(value, isBig));
    head[2]?.fill(isBig ? 3 : 2, 0, 1);
    const magic = Buffer.from("glibc-ld.so.cache1.1", "latin1");
    const tail = [0xeaa42174, 1, 1, ...extension].map((value) => numberBytes(value, isBig));
    const whole = Buffer.concat([magic, ...head, strings, ...tail]);
    if (!isBehindOld) return whole;
    return Buffer.concat([Buffer.from("ld.so-1.7.0\0", "latin1"), Buffer.alloc(4), whole]);
  });

function numberBytes(value: number, isBig: boolean): Buffer {
  const bytes = Buffer.alloc(4);
  if (isBig) bytes.writeUInt32BE(value);
  else bytes.writeUInt32LE(value);
  return bytes;
}

export const ldSoCache: Family = {
  name: "ld-so-cache",
  made: madeCache,
  read: parseLdSoCache,
};
