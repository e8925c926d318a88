import { describe, expect, it } from "vitest";
import type { RecordProblem } from "../record-problem.ts";
import { FormatError } from "../format-error.ts";
import { OverLimitError } from "../over-limit-error.ts";
import { readFileLists } from "./filelists.ts";
import { parseMetalink } from "./metalink.ts";
import { readPrimary } from "./primary.ts";
import { parseRepomd } from "./repomd.ts";

/** In pieces of that many bytes. */
async function* inPieces(text: string | Uint8Array, length = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += length) {
    await Promise.resolve();
    yield bytes.subarray(at, at + length);
  }
}

interface Read<Item> {
  readonly items: readonly Item[];
  readonly problems: readonly RecordProblem[];
  readonly error: unknown;
}

async function readAll<Item>(
  read: (onProblems: (found: readonly RecordProblem[]) => void) => AsyncIterable<Item>,
): Promise<Read<Item>> {
  const items: Item[] = [];
  let problems: readonly RecordProblem[] = [];
  try {
    for await (const item of read((found) => (problems = found))) items.push(item);
    return { items, problems, error: null };
  } catch (error) {
    return { items, problems, error };
  }
}

const one = `<package type="rpm"><name>one</name><arch>x86_64</arch><version epoch="2" ver="1.0" rel="3"/>
<checksum type="sha256" pkgid="YES">abc</checksum><summary>a &lt;summary&gt;</summary><description><![CDATA[x]]></description>
<size package="10" installed="20" archive="30"/><location href="p/one.rpm" xml:base="http://other/"/>
<format><rpm:sourcerpm>one-1.0-3.src.rpm</rpm:sourcerpm>
<rpm:provides><rpm:entry name="one" flags="EQ" epoch="2" ver="1.0" rel="3"/><rpm:entry name="libone.so.1()(64bit)"/></rpm:provides>
<rpm:requires><rpm:entry name="two" flags="GE" epoch="0" ver="1"/><rpm:entry name="(a if b &gt;= 2)"/></rpm:requires>
<rpm:obsoletes><rpm:entry name="old" flags="LT" epoch="0" ver="2"/></rpm:obsoletes>
<rpm:suggests><rpm:entry name="nice"/></rpm:suggests>
<file>/usr/bin/one</file><file type="dir">/etc/one</file></format></package>`;
const nameless = one.replace("<name>one</name>", "");
const source = one.replace("x86_64", "src");
const primary = (packages: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><metadata xmlns="c" xmlns:rpm="r" packages="1">${packages}</metadata>`;

describe("readPrimary()", () => {
  it("reads packages; one without a name is named and left out, sources are none", async () => {
    const text = primary(nameless + one + source);
    const { items, problems, error } = await readAll((on) => readPrimary(inPieces(text), on));
    expect(error).toBeNull();
    expect(items).toEqual([
      {
        name: "one",
        version: "2:1.0-3",
        architecture: "x86_64",
        sourceRpm: "one-1.0-3.src.rpm",
        checksum: { type: "sha256", value: "abc" },
        downloadBytes: 10,
        installedBytes: 20,
        href: "p/one.rpm",
        base: "http://other/",
        provides: ["one = 2:1.0-3", "libone.so.1()(64bit)"],
        requires: ["two >= 1", "(a if b >= 2)"],
        conflicts: [],
        obsoletes: ["old < 2"],
        recommends: [],
        suggests: ["nice"],
        supplements: [],
        enhances: [],
        files: ["/usr/bin/one", "/etc/one"],
      },
    ]);
    expect(problems).toMatchObject([{ kind: "malformed" }]);
  });

  const entities = Array.from({ length: 10 }, (_, at) => `<!ENTITY e${at + 1} "&e${at};&e${at};">`);
  const hostile: readonly [string, string | Uint8Array, string][] = [
    [
      "an entity bomb",
      `<!DOCTYPE metadata [<!ENTITY e0 "x">${entities.join("")}]>${primary("&e9;")}`,
      "document type",
    ],
    ["an unknown entity", primary("<package><name>&x;</name></package>"), "entity"],
    ["a tag that is not closed", primary(one).replace("</format>", ""), ""],
    ["an end inside of a tag", primary(one).slice(0, 400), ""],
    ["no document at all", "", ""],
    ["text alone", "hello", ""],
    [
      "bytes that are not UTF-8",
      Buffer.from(primary(one).replace("one", "\xff"), "latin1"),
      "UTF-8",
    ],
    ["tags in each other", primary("<a>".repeat(100)), "32"],
    ["a text without an end", primary(`<package><name>${"x".repeat(10_000)}`), "8192"],
    ["a tag name without an end", primary(`<${"x".repeat(500_000)}`), ""],
    ["a value without an end", primary(`<package><location href="${"x".repeat(500_000)}`), ""],
    ["a comment without an end", primary(`<!-- ${"x".repeat(500_000)}`), ""],
    [
      "attributes of a tag",
      primary(`<a ${Array.from({ length: 200 }, (_, at) => `b${at}="1"`).join(" ")}/>`),
      "64",
    ],
  ];
  it.each(hostile)("refuses %s", async (_, text, reason) => {
    const { error } = await readAll((on) => readPrimary(inPieces(text, 4096), on));
    expect(error).toBeInstanceOf(FormatError);
    expect(String(error)).toContain(reason);
  });

  it("keeps what came before the break", async () => {
    const text = primary(`${one}<`);
    const { items, error } = await readAll((on) => readPrimary(inPieces(text), on));
    expect(items).toHaveLength(1);
    expect(error).toBeInstanceOf(FormatError);
  });

  it("counts what one package asks for", async () => {
    const many = one.replace("<file>", `${"<file>/a</file>".repeat(200_001)}<file>`);
    const { error } = await readAll((on) => readPrimary(inPieces(primary(many), 65_536), on));
    expect(error).toBeInstanceOf(OverLimitError);
  });

  it("says that another document is none of its kind", async () => {
    const text = "<filelists><package/></filelists>";
    const { items, problems } = await readAll((on) => readPrimary(inPieces(text), on));
    expect(items).toEqual([]);
    expect(problems).toMatchObject([{ kind: "malformed" }]);
  });
});

describe("readFileLists()", () => {
  it("reads the files of each package, absolute ones", async () => {
    const text = `<filelists><package pkgid="abc" name="one" arch="x"><version epoch="0" ver="1" rel="1"/>
<file>/usr/bin/one</file><file type="dir">/usr/ä</file><file>relative</file><file type="ghost">/var/x &amp; y</file></package>
<package name="two"><file>/b</file></package></filelists>`;
    const { items, problems } = await readAll((on) => readFileLists(inPieces(text), on));
    expect(items).toEqual([
      { packageId: "abc", name: "one", files: ["/usr/bin/one", "/usr/ä", "/var/x & y"] },
    ]);
    expect(problems).toMatchObject([{ reason: "A list of files has no package" }]);
  });
});

const data = (type: string, inner: string): string => `<data type="${type}">${inner}</data>`;
const repomd = (inner: string): Buffer =>
  Buffer.from(`<repomd xmlns="r" xmlns:rpm="x"><revision>17</revision>${inner}</repomd>`);

describe("parseRepomd()", () => {
  it("reads places, sums and sizes", () => {
    const inner = `<checksum type="sha256">ABC</checksum><open-checksum type="sha256">DEF</open-checksum>
<location href="repodata/p.xml.gz"/><timestamp>1700000000.5</timestamp><size>5</size><open-size>50</open-size>`;
    expect(parseRepomd(repomd(data("primary", inner)))).toEqual({
      revision: "17",
      timestampSeconds: 1_700_000_000,
      entries: [
        {
          type: "primary",
          href: "repodata/p.xml.gz",
          base: null,
          checksum: { type: "sha256", value: "abc" },
          openChecksum: { type: "sha256", value: "def" },
          sizeBytes: 5,
          openSizeBytes: 50,
        },
      ],
    });
  });

  it.each([
    ["an index without a place", repomd(data("primary", ""))],
    ["another document", Buffer.from("<html/>")],
    ["a web page that is no XML", Buffer.from("<!DOCTYPE html><html><br></html>")],
    ["nothing", Buffer.alloc(0)],
    ["too many indexes", repomd(data("x", '<location href="a"/>').repeat(1001))],
    ["too many bytes", Buffer.alloc(5 * 1024 * 1024, " ")],
  ])("refuses %s", (_, bytes) => {
    expect(() => parseRepomd(bytes)).toThrow(FormatError);
  });
});

describe("parseMetalink()", () => {
  it("lists the repositories, the preferred ones first", () => {
    const url = (preference: string, address: string): string =>
      `<url protocol="https" preference="${preference}">${address}</url>`;
    const text = `<metalink version="3.0"><files><file name="repomd.xml"><resources maxconnections="1">
${url("90", "https://b/os/repodata/repomd.xml")}${url("100", "https://a/os/repodata/repomd.xml")}
${url("x", "rsync://c/os/repodata/repomd.xml")}${url("1", "https://d/elsewhere")}</resources></file></files></metalink>`;
    expect(parseMetalink(Buffer.from(text))).toEqual([
      "https://a/os/",
      "https://b/os/",
      "rsync://c/os/",
    ]);
  });
});
