import { closeSync, fstatSync, openSync } from "node:fs";
import type { Compression } from "../../formats/compression.ts";
import { parseDeb, type DebPart, type DebParts } from "../../formats/dpkg/deb.ts";
import { readControlPart } from "../../formats/dpkg/read-control.ts";
import { readScript } from "../../formats/dpkg/read-script.ts";
import { parseShlibs } from "../../formats/dpkg/shlibs.ts";
import { parseDpkgStatus } from "../../formats/dpkg/status.ts";
import { parseSymbols } from "../../formats/dpkg/symbols.ts";
import { FormatError } from "../../formats/format-error.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import type { RecordProblem, Records } from "../../formats/record-problem.ts";
import { fromDescriptor } from "../../image/file-window.ts";
import type { BlobLayer } from "../../image/image.ts";
import type { LayerFacts } from "../../image/layer-facts.ts";
import { readLayer } from "../../image/read-layer.ts";
import { toInstalledPackage } from "../../image/readers/dpkg-package.ts";
import { systemFailure } from "../../image/system-failure.ts";
import { failed, success, type Failure, type Result } from "../../model/failure.ts";
import type {
  PackageFile,
  PackageHeader,
  PackageReader,
  PackageScript,
} from "./package-contents.ts";

/** In the order in which dpkg runs them around the files. Source: deb-policy, "Details of unpack phase". */
const installScripts = ["preinst", "postinst"] as const;
const wantedControl = new Set(["control", "symbols", "shlibs", "triggers", ...installScripts]);
/** A compressed control part is read as a whole. */
const maxControlBytes = 16 * 1024 * 1024;

/** Binary packages of Debian and Ubuntu. */
export const debReader: PackageReader = {
  family: "dpkg",
  revision: 1,
  async read(file, options) {
    const opened = openDeb(file);
    if (!opened.ok) return opened;
    const { parts, control } = opened.value;
    const layer = await readLayer(dataLayer(file.file, parts.data), {
      where: file.name,
      ...options,
    });
    if (!layer.ok) return layer;
    try {
      const members = await readControlPart(control, wantedControl);
      const { facts, elfLines } = layer.value;
      const header = readHeader(file, members, facts);
      return header.ok ? success({ header: header.value, facts, elfLines }) : header;
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      return failed(toFailure(error, file.name, null));
    }
  },
};

interface OpenedDeb {
  readonly parts: DebParts;
  readonly control: { readonly bytes: Uint8Array; readonly compression: Compression };
}

/** Where the parts are, with the bytes of the small one. */
function openDeb({ file, name }: PackageFile): Result<OpenedDeb> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, "r");
    const bytes = fromDescriptor(descriptor, fstatSync(descriptor).size);
    const parts = parseDeb(bytes);
    const { offsetBytes, lengthBytes, compression } = parts.control;
    if (lengthBytes > maxControlBytes) {
      const budget = "size of the control part of a package";
      return failed(overLimit(name, budget, maxControlBytes));
    }
    return success({
      parts,
      control: { bytes: bytes.read(offsetBytes, lengthBytes), compression },
    });
  } catch (error) {
    const failure =
      error instanceof FormatError
        ? toFailure(error, name, null)
        : systemFailure(error, file, null);
    return failed(failure);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

function overLimit(what: string, budget: string, limit: number): Failure {
  return { kind: "over-limit", what, where: null, budget, limit, unit: "bytes" };
}

function dataLayer(file: string, data: DebPart): BlobLayer {
  return { kind: "blob", file, ...data, digest: null, diffId: null, mediaType: null };
}

function readHeader(
  file: PackageFile,
  members: ReadonlyMap<string, Uint8Array>,
  facts: LayerFacts,
): Result<PackageHeader> {
  const problems: Failure[] = [];
  const note = (what: string, found: readonly RecordProblem[]): void => {
    problems.push(...found.map((one): Failure => ({ ...one, what, where: file.name })));
  };
  const read = <Item>(
    name: string,
    parse: (bytes: Uint8Array) => Records<Item>,
  ): readonly Item[] => {
    const bytes = members.get(name);
    if (bytes === undefined) return [];
    const { records, problems: found } = parse(bytes);
    note(name, found);
    return records;
  };
  const [found] = read("control", parseDpkgStatus);
  if (found === undefined) {
    const reason = "its control file describes no package";
    const [what, where] = [file.name, null];
    return failed({ kind: "malformed", what, where, format: "deb", reason, offsetBytes: null });
  }
  const files = facts.entries.map(({ path }) => path);
  const scripts = installScripts.flatMap((name): PackageScript[] => {
    const bytes = members.get(name);
    if (bytes === undefined) return [];
    return [{ name, effects: readScript(bytes, { package: found.name, script: name, files }) }];
  });
  scripts.push(...readTriggers(members.get("triggers")));
  const [symbols, shlibs] = [read("symbols", parseSymbols), read("shlibs", parseShlibs)];
  return success({
    package: { ...toInstalledPackage(found), files },
    scripts,
    symbols,
    shlibs,
    problems,
  });
}

/** The one trigger whose effect is known: that of libc-bin. Source: deb-triggers(5). */
function readTriggers(bytes: Uint8Array | undefined): readonly PackageScript[] {
  const text = bytes === undefined ? "" : Buffer.from(bytes).toString();
  if (!/^activate(?:-noawait|-await)?[ \t]+ldconfig[ \t\r]*$/m.test(text)) return [];
  const effects = { alternatives: [], diversions: [], refreshesLoaderCache: true, unknown: [] };
  return [{ name: "triggers", effects }];
}
