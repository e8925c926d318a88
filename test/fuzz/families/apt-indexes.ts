import fc from "fast-check";
import { ContentsReader } from "../../../src/formats/dpkg/contents.ts";
import { MentionOrder } from "../../../src/formats/dpkg/mention-order.ts";
import { PackagesIndexParser } from "../../../src/formats/dpkg/packages-index.ts";
import { parseRelease } from "../../../src/formats/dpkg/release.ts";
import { parseDeb822Sources, parseSourcesList } from "../../../src/formats/dpkg/sources-list.ts";
import { FormatError } from "../../../src/formats/format-error.ts";
import type { Family } from "../family.ts";
import { lines, textBytes } from "./words.ts";

/** What a reader that may refuse made of it. */
function orReason(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.message;
  }
}

/** Pieces of uneven length, as a stream has them. */
function* pieces(input: Uint8Array): Generator<Uint8Array> {
  for (let at = 0, length = 1; at < input.length; at += length, length = (length * 7) % 101) {
    yield input.subarray(at, at + length);
  }
}

function readContents(input: Uint8Array): unknown {
  const found: string[] = [];
  const reader = new ContentsReader((path, packages) =>
    found.push(`${path.toString("latin1")}=${packages.toString("latin1")}`),
  );
  for (const piece of pieces(input)) reader.push(piece);
  reader.end();
  return [found, reader.malformedLines];
}

function readPackages(input: Uint8Array): unknown {
  const parser = new PackagesIndexParser({ pin: 500, order: new MentionOrder() });
  const found = [...pieces(input)].flatMap((piece) => [...parser.push(piece)]);
  return [[...found, ...parser.end()], parser.problems];
}

const sum = "0123456789abcdef".repeat(4);
const word = fc.constantFrom(
  "Package: a",
  "Version: 1:2-3",
  "Architecture: amd64",
  "Depends: a | b (>= 1), c:any",
  "Provides: v (= 1)",
  "Filename: pool/a.deb",
  `SHA256: ${sum}`,
  "SHA256:",
  ` ${sum} 10 main/binary-amd64/Packages.gz`,
  ` ${sum} 10 ../x`,
  "SHA512:",
  "Suite: stable",
  "Date: Sat, 11 Jul 2026 10:16:37 UTC",
  "Acquire-By-Hash: yes",
  "Types: deb",
  "URIs: http://a file:/b mirror://c",
  "Suites: s t/ $(ARCH)/",
  "Components: main",
  "Signed-By: /a.gpg 0123456789ABCDEF0123456789ABCDEF01234567",
  "Signed-By:",
  " -----BEGIN PGP PUBLIC KEY BLOCK-----",
  " .",
  "deb [arch=amd64 signed-by=/a] http://a s main",
  "deb http://a ./",
  "FILE   LOCATION",
  "usr/lib/liba.so.1   libs/a,b/c",
  "usr/a b\tc   d",
  "",
);

/** What a repository of apt says of itself, and where its address stands. */
export const aptIndexes: Family = {
  name: "apt-indexes",
  made: textBytes(lines(word)),
  read: (input) => [
    orReason(() => {
      const { files, ...release } = parseRelease(input);
      return [release, [...files]];
    }),
    orReason(() => parseSourcesList(input, "amd64")),
    orReason(() => parseDeb822Sources(input, "amd64")),
    orReason(() => readContents(input)),
    orReason(() => readPackages(input)),
  ],
  // A thousand suites have the components and the keys of their paragraph each.
  maxOutput: (inputBytes) => 65_536 + 2000 * inputBytes,
};
