import { zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { parseAlternatives } from "../../../src/formats/dpkg/alternatives.ts";
import { parseArMembers } from "../../../src/formats/dpkg/ar.ts";
import { parseChiselManifest } from "../../../src/formats/dpkg/chisel.ts";
import { parseDeb } from "../../../src/formats/dpkg/deb.ts";
import { isLeftOut, parsePathRules } from "../../../src/formats/dpkg/path-filter.ts";
import { readScript } from "../../../src/formats/dpkg/read-script.ts";
import { parseShlibs } from "../../../src/formats/dpkg/shlibs.ts";
import { parseSymbols } from "../../../src/formats/dpkg/symbols.ts";
import { FormatError } from "../../../src/formats/format-error.ts";
import { fromBytes } from "../../../src/formats/random-access.ts";
import { packAr } from "../../pack-ar.ts";
import type { Family } from "../family.ts";
import { lines, oddLine, pathName, textBytes } from "./words.ts";

/** What a reader that may refuse made of it. */
function orReason(read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.message;
  }
}

const memberName = fc.constantFrom(
  ..."debian-binary control.tar control.tar.gz data.tar data.tar.xz data.tar.bz2 _gpg a/".split(
    " ",
  ),
);
const member = fc.tuple(
  memberName,
  fc.oneof(
    fc.constant(Buffer.from("2.0\n")),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes)),
  ),
);

/** `ar` archives and the parts of a .deb in them. */
export const debs: Family = {
  name: "debs",
  made: fc.array(member, { maxLength: 6 }).map(packAr),
  read: (input) => [
    orReason(() => parseArMembers(fromBytes(input))),
    orReason(() => parseDeb(fromBytes(input))),
  ],
};

const word = fc.constantFrom(
  ...'if then else elif fi for in do done case esac while { } ( ) ;; ; & && || | ! [ ] = -n -e "$1" $2 $x ${x:-y} ${x $(a `b` \'c d\' "e $x" configure x=1 f() f exit return'.split(
    " ",
  ),
  "update-alternatives --install /a b /c 1",
  "--slave /d e /f",
  "dpkg-divert --rename --add /a",
  "> /x",
  "<<EOF",
  "EOF",
  "\\\n",
  "\n",
  "\n",
  "#",
);
const script = fc
  .array(fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: oddLine }), {
    maxLength: 80,
  })
  .map((words) => words.join(" "));

/** Scripts of maintainers, as shells read them. */
export const scripts: Family = {
  name: "scripts",
  made: textBytes(script),
  read: (input) => readScript(input, { package: "p", script: "postinst", files: ["/usr/bin/p"] }),
  // A loop over its arguments may say the same of each.
  maxOutput: (inputBytes) => 4 * 1024 * 1024 + 400 * inputBytes,
};

const line = fc.oneof(
  fc.constantFrom(
    "libpq.so.5 libpq5 #MINVER#",
    "| other #MINVER#",
    " PQclear@Base 8.4~ 1",
    "* Build-Depends-Package: x",
    "udeb: libpq 5 libpq5",
    "auto",
    "manual",
    "",
    "5",
    "path-exclude=/usr/[a-c]?*",
    "path-include /usr/**/*",
    '{"jsonwall":"1.0"}',
    '{"kind":"content","slice":"a_b","path":"/p"}',
    '{"kind":"package","name":"a","version":"1"}',
    '{"kind":"slice","name":"a_b"}',
  ),
  pathName.map((name) => `/${name}`),
  oddLine,
);

/** Small files about packages: the same text is given to all of their readers. */
export const dpkgTexts: Family = {
  name: "dpkg-texts",
  made: textBytes(lines(line)),
  read: (input) => [
    parseSymbols(input),
    parseShlibs(input),
    orReason(() => parseAlternatives(input, "x")),
    orReason(() => parseChiselManifest(zstdCompressSync(input))),
    isLeftOut("/usr/share/doc/a", "file", parsePathRules(Buffer.from(input).toString())),
  ],
  maxOutput: (inputBytes) => 64 * 1024 + 160 * inputBytes,
};
