import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Random } from "../../fuzz/random.ts";

/** A package that is only there in an index. Relations as a spec file has them. */
export interface MadePackage {
  readonly name: string;
  readonly epoch: number;
  readonly version: string;
  readonly release: string;
  readonly architecture: string;
  readonly provides: readonly string[];
  readonly requires: readonly string[];
  readonly conflicts: readonly string[];
  readonly obsoletes: readonly string[];
  readonly recommends: readonly string[];
  readonly suggests: readonly string[];
  readonly supplements: readonly string[];
  readonly files: readonly string[];
}

const letters = "abcdefghijklmnopqrst";
const capabilities = [
  "alpha",
  "beta",
  "gamma",
  "delta",
  "libx.so.1()(64bit)",
  "liby.so.2()(64bit)",
];
const files = ["/usr/bin/one", "/usr/bin/two", "/etc/three.conf", "/usr/share/four"];

/** Some 100 packages with relations of all kinds; the same for the same seed. `dense`: they exclude each other more often. */
export function makeUniverse(seed: number, dense = false): readonly MadePackage[] {
  const random = new Random(seed);
  const size = 60;
  const names = Array.from({ length: size }, (_, index) => {
    const letter = letters.charAt(random.below(letters.length));
    return `${letter}${random.below(3) === 0 ? "-lib" : ""}${index}`;
  });
  return names.flatMap((name) => {
    const versions = 1 + random.below(3);
    const architecture = random.below(5) === 0 ? "noarch" : "x86_64";
    const made = Array.from({ length: versions }, (_, at) =>
      makePackage({ name, architecture, number: at + 1, dense }, names, random),
    );
    const has32 = architecture !== "noarch" && random.below(4) === 0;
    return made.flatMap((one) => (has32 ? [{ ...one, architecture: "i686" }, one] : [one]));
  });
}

function makePackage(
  {
    name,
    architecture,
    number,
    dense,
  }: {
    readonly name: string;
    readonly architecture: string;
    readonly number: number;
    readonly dense: boolean;
  },
  names: readonly string[],
  random: Random,
): MadePackage {
  const pick = (list: readonly string[]): string => list[random.below(list.length)] ?? "";
  const some = (chance: number, most: number, make: () => string): readonly string[] =>
    Array.from({ length: most }, () => (random.below(100) < chance ? make() : "")).filter(
      (item) => item !== "",
    );
  const versioned = (what: string): string =>
    `${what} ${pick(["=", ">=", ">=", "<", "<=", ">"])} ${1 + random.below(3)}`;
  const any = (): string => {
    const what = random.below(3) === 0 ? pick(names) : pick(capabilities);
    return random.below(4) === 0 ? versioned(what) : what;
  };
  const rich = (): string => {
    const [a, b, c] = [any(), any(), pick(names)];
    return pick([
      `(${a} or ${b})`,
      `(${a} if ${c})`,
      `(${a} if ${c} else ${b})`,
      `(${a} and ${b})`,
    ]);
  };
  return {
    name,
    epoch: random.below(12) === 0 ? 1 : 0,
    version: `${number}.${random.below(3)}`,
    release: `${1 + random.below(2)}`,
    architecture,
    provides: some(25, 3, () => {
      const what = pick(capabilities);
      return random.below(2) === 0 ? what : `${what} = ${1 + random.below(3)}`;
    }),
    requires: [
      ...some(dense ? 45 : 30, 3, any),
      ...some(dense ? 15 : 8, 1, rich),
      ...some(8, 1, () => pick(files)),
    ],
    conflicts: some(dense ? 12 : 5, 2, any),
    obsoletes: some(dense ? 8 : 3, 1, () => versioned(pick(names))),
    recommends: some(8, 1, any),
    suggests: some(8, 1, any),
    supplements: some(4, 1, () => pick(names)),
    files: some(12, 2, () => pick(files)),
  };
}

export interface RepositoryForm {
  /** Of the indexes; gzip where nothing is said. */
  readonly compress?: (bytes: string) => Uint8Array;
  /** Text of its modules.yaml. */
  readonly modules?: string;
}

/** Writes a repository of these below the folder, its indexes under sums of their own. */
export function writeRepository(
  folder: string,
  packages: readonly MadePackage[],
  { compress = (bytes) => gzipSync(bytes), modules }: RepositoryForm = {},
): void {
  mkdirSync(join(folder, "repodata"), { recursive: true });
  const entries = [
    ["primary", primaryXml(packages)],
    ["filelists", filelistsXml(packages)],
    ...(modules === undefined ? [] : [["modules", modules] as const]),
  ] as const;
  const data = entries.map(([type, xml]) => {
    const bytes = compress(xml);
    const ending = type === "modules" ? "yaml" : "xml";
    const href = `repodata/${sum(bytes)}-${type}.${ending}.gz`;
    writeFileSync(join(folder, href), bytes);
    return `<data type="${type}"><checksum type="sha256">${sum(bytes)}</checksum>
<open-checksum type="sha256">${sum(xml)}</open-checksum><location href="${href}"/>
<timestamp>1700000000</timestamp><size>${bytes.length}</size><open-size>${xml.length}</open-size></data>`;
  });
  const repomd = `<?xml version="1.0" encoding="UTF-8"?>
<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1700000000</revision>
${data.join("\n")}
</repomd>\n`;
  writeFileSync(join(folder, "repodata/repomd.xml"), repomd);
}

const sum = (bytes: Uint8Array | string): string =>
  createHash("sha256").update(bytes).digest("hex");

const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** `[epoch:]version-release`, as rpm prints it. */
export function versionOf({ epoch, version, release }: MadePackage): string {
  return `${epoch === 0 ? "" : `${epoch}:`}${version}-${release}`;
}

export function nevraOf(one: MadePackage): string {
  return `${one.name}-${versionOf(one)}.${one.architecture}`;
}

const idOf = (one: MadePackage): string => sum(nevraOf(one));

const flags: Readonly<Record<string, string>> = {
  "<": "LT",
  "<=": "LE",
  "=": "EQ",
  ">=": "GE",
  ">": "GT",
};

function entryXml(relation: string): string {
  const [name = "", comparison, version = ""] = relation.startsWith("(")
    ? [relation]
    : relation.split(" ");
  if (comparison === undefined) return `<rpm:entry name="${escape(name)}"/>`;
  const [ver = "", rel] = version.replace(/^\d+:/, "").split("-");
  const epoch = /^(\d+):/.exec(version)?.[1] ?? "0";
  const release = rel === undefined ? "" : ` rel="${rel}"`;
  return `<rpm:entry name="${name}" flags="${flags[comparison]}" epoch="${epoch}" ver="${ver}"${release}/>`;
}

function primaryXml(packages: readonly MadePackage[]): string {
  const list = (tag: string, relations: readonly string[]): string =>
    relations.length === 0 ? "" : `<rpm:${tag}>${relations.map(entryXml).join("")}</rpm:${tag}>`;
  const one = (made: MadePackage): string => `<package type="rpm"><name>${made.name}</name>
<arch>${made.architecture}</arch><version epoch="${made.epoch}" ver="${made.version}" rel="${made.release}"/>
<checksum type="sha256" pkgid="YES">${idOf(made)}</checksum><summary>x</summary><description>x &amp; y</description>
<packager/><url/><time file="1700000000" build="1700000000"/><size package="1000" installed="2000" archive="2100"/>
<location href="${nevraOf(made)}.rpm"/><format><rpm:license>MIT</rpm:license><rpm:vendor/><rpm:group>x</rpm:group>
<rpm:buildhost>x</rpm:buildhost><rpm:sourcerpm>${made.name}-${made.version}-${made.release}.src.rpm</rpm:sourcerpm>
<rpm:header-range start="4504" end="5000"/>
${list("provides", [...made.provides, `${made.name} = ${versionOf(made)}`])}${list("requires", made.requires)}
${list("conflicts", made.conflicts)}${list("obsoletes", made.obsoletes)}${list("suggests", made.suggests)}
${list("recommends", made.recommends)}${list("supplements", made.supplements)}
${primaryFiles(made)
  .map((file) => `<file>${file}</file>`)
  .join("")}
</format></package>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="${packages.length}">
${packages.map(one).join("\n")}
</metadata>\n`;
}

/** Source: createrepo_c, which lists only these there. */
function primaryFiles({ files: all }: MadePackage): readonly string[] {
  return all.filter((file) => /bin\/|^\/etc\//.test(file));
}

function filelistsXml(packages: readonly MadePackage[]): string {
  const one = (made: MadePackage): string =>
    `<package pkgid="${idOf(made)}" name="${made.name}" arch="${made.architecture}">
<version epoch="${made.epoch}" ver="${made.version}" rel="${made.release}"/>
${made.files.map((file) => `<file>${file}</file>`).join("")}</package>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="${packages.length}">
${packages.map(one).join("\n")}
</filelists>\n`;
}

/** A spec file of these, for `rpmbuild`; each name may be there once. */
export function toSpec(packages: readonly MadePackage[]): string {
  const one = (made: MadePackage): string => {
    const lists = {
      Provides: made.provides,
      Requires: made.requires,
      Conflicts: made.conflicts,
      Obsoletes: made.obsoletes,
      Recommends: made.recommends,
      Suggests: made.suggests,
      Supplements: made.supplements,
    };
    const lines = Object.entries(lists).flatMap(([tag, relations]) =>
      relations.map((relation) => `${tag}: ${relation}`),
    );
    return `%package -n ${made.name}
Summary: x
${made.epoch === 0 ? "" : `Epoch: ${made.epoch}\n`}Version: ${made.version}
Release: ${made.release}
${made.architecture === "noarch" ? "BuildArch: noarch\n" : ""}AutoReqProv: no
${lines.join("\n")}
%description -n ${made.name}
x
%files -n ${made.name}
${made.files.map((file) => `%ghost ${file}`).join("\n")}
`;
  };
  return `Name: made
Version: 1
Release: 1
Summary: x
License: MIT
%define debug_package %{nil}
%description
x
${packages.map(one).join("\n")}`;
}
