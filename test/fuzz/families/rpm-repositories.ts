import fc from "fast-check";
import { FormatError } from "../../../src/formats/format-error.ts";
import { fromBytes } from "../../../src/formats/random-access.ts";
import type { RecordProblem } from "../../../src/formats/record-problem.ts";
import { CpioReader, type CpioMember } from "../../../src/formats/rpm/cpio.ts";
import { readFileEntries } from "../../../src/formats/rpm/file-entries.ts";
import { readFileLists } from "../../../src/formats/rpm/filelists.ts";
import { RpmHeader } from "../../../src/formats/rpm/header.ts";
import { parseMetalink } from "../../../src/formats/rpm/metalink.ts";
import { readPrimary } from "../../../src/formats/rpm/primary.ts";
import { formatRpmDependency, parseRpmDependency } from "../../../src/formats/rpm/relation.ts";
import { expandRepoVariables, parseRepoFile } from "../../../src/formats/rpm/repo-file.ts";
import { parseRepomd } from "../../../src/formats/rpm/repomd.ts";
import { parseRpmFile } from "../../../src/formats/rpm/rpm-file.ts";
import { makeCpio, type MadeMember } from "../../make-cpio.ts";
import type { Family } from "../family.ts";
import { lines, oddLine, textBytes } from "./words.ts";

/** What a reader that may refuse made of it. */
function orReason(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.message;
  }
}

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) {
    await Promise.resolve();
    yield bytes.subarray(at, at + 1000);
  }
}

async function collect<Item>(
  read: (onProblems: (problems: readonly RecordProblem[]) => void) => AsyncIterable<Item>,
): Promise<unknown> {
  const items: Item[] = [];
  let problems: readonly RecordProblem[] = [];
  try {
    for await (const item of read((found) => (problems = found))) items.push(item);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return [items, error.message];
  }
  return [items, problems];
}

const piece = fc.constantFrom(
  ...[
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "<metadata>",
    "</metadata>",
    "<filelists>",
    "</filelists>",
    "<repomd>",
    "</repomd>",
    '<data type="primary">',
    "</data>",
    '<package type="rpm" pkgid="a" name="b">',
    "</package>",
    "<name>a</name>",
    "<arch>noarch</arch>",
    '<version epoch="1" ver="2" rel="3"/>',
    '<checksum type="sha256">ab</checksum>',
    '<location href="a" xml:base="http://b/"/>',
    "<format>",
    "</format>",
    "<rpm:requires>",
    "</rpm:requires>",
    '<rpm:entry name="a" flags="GE" ver="1"/>',
    "<file>/a</file>",
    "<size>1</size>",
    "<timestamp>1</timestamp>",
    "<metalink><url>http://a/repodata/repomd.xml</url></metalink>",
    "&amp;",
    "&b;",
    "&#0;",
    "<![CDATA[a]]>",
    "<!-- a -->",
    "a",
    "<",
    '"',
  ],
);

/** Indexes of repositories: the same document is given to all of their readers. */
export const rpmIndexes: Family = {
  name: "rpm-indexes",
  made: textBytes(fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(""))),
  read: async (input) => [
    await collect((on) => readPrimary(inPieces(input), on)),
    await collect((on) => readFileLists(inPieces(input), on)),
    orReason(() => parseRepomd(input)),
    orReason(() => parseMetalink(input)),
  ],
};

const word = fc.constantFrom(
  ..."( ) and or if else unless with without a b(c) >= < = 1:2-3 x (a (a)) [main] [a] baseurl=http://a/$b/${c} enabled=0 gpgkey = # ; \\".split(
    " ",
  ),
);
const sentence = fc.array(word, { maxLength: 30 }).map((words) => words.join(" "));

/** Relations and .repo files, line by line. */
export const rpmTexts: Family = {
  name: "rpm-texts",
  made: textBytes(lines(fc.oneof(sentence, word, oddLine))),
  read: (input) => {
    const text = Buffer.from(input).toString();
    const relations = text.split("\n").map((line) =>
      orReason(() => {
        const read = parseRpmDependency(line);
        return [read, parseRpmDependency(formatRpmDependency(read))];
      }),
    );
    const variables = new Map([["b", "value"]]);
    return [relations, parseRepoFile(text), expandRepoVariables(text, variables)];
  },
  maxOutput: (inputBytes) => 64 * 1024 + 400 * inputBytes,
};

const member: fc.Arbitrary<MadeMember> = fc.oneof(
  fc.record({
    name: fc.constantFrom("./a", "./b/c", "../d", "."),
    content: fc.string({ maxLength: 9 }),
  }),
  fc.record({ index: fc.nat(9), content: fc.constant("abc") }),
);

/** Payloads of packages. */
export const cpio: Family = {
  name: "cpio",
  made: fc.array(member, { maxLength: 5 }).map(makeCpio),
  read: (input) => {
    const heard: [CpioMember, number][] = [];
    const reader = new CpioReader({
      member(one) {
        heard.push([one, 0]);
        return one.kind === "named" ? one.sizeBytes : 3;
      },
      content(bytes) {
        const last = heard.at(-1);
        if (last !== undefined) last[1] += bytes.length;
      },
      endOfMember: () => undefined,
    });
    const outcome = orReason(() => {
      reader.push(input);
      reader.end();
      return "whole";
    });
    return [heard, outcome];
  },
};

const magic = Buffer.from("8eade80100000000", "hex");
const makeHeader = (index: Uint8Array, data: Uint8Array): Buffer => {
  const counts = Buffer.alloc(8);
  counts.writeUInt32BE(Math.floor(index.length / 16), 0);
  counts.writeUInt32BE(data.length, 4);
  return Buffer.concat([
    magic,
    counts,
    index.subarray(0, index.length - (index.length % 16)),
    data,
  ]);
};
const entry = fc
  .tuple(
    fc.constantFrom(1027, 1028, 1030, 1034, 1037, 1096, 1116, 1117, 1118, 5008),
    fc.constantFrom(3, 4, 5, 6, 8),
    fc.nat(20),
    fc.nat(4),
  )
  .map((numbers) => {
    const bytes = Buffer.alloc(16);
    for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number, at * 4);
    return bytes;
  });

/** .rpm files: where their parts are, and the files that the header lists. */
export const rpmFiles: Family = {
  name: "rpm-files",
  made: fc
    .tuple(fc.array(entry, { minLength: 1, maxLength: 8 }), fc.uint8Array({ maxLength: 60 }))
    .map(([entries, data]) => {
      const lead = Buffer.concat([Buffer.from("edabeedb0300", "hex"), Buffer.alloc(90)]);
      const signatures = makeHeader(Buffer.alloc(16), Buffer.alloc(0));
      const header = makeHeader(Buffer.concat(entries), Buffer.from(data));
      return Buffer.concat([lead, signatures, header, Buffer.from("payload")]);
    }),
  read: (input) =>
    orReason(() => {
      const { header, payload } = parseRpmFile(fromBytes(input));
      return [payload, readFileEntries(new RpmHeader(header), 1000)];
    }),
};
