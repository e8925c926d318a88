import { ProblemLog, type Records } from "../record-problem.ts";
import { quoteStart } from "../path-budget.ts";
import { textLines } from "../text-lines.ts";
import { parseStanzas } from "./control.ts";

/** One suite at one address, as a file of apt names it. `deb-src` is none. */
export interface AptSuite {
  /** `http://deb.debian.org/debian`, without a slash at its end. */
  readonly uri: string;
  /** `bookworm-updates`; with a slash at its end it is a path below `uri` and there are no components. */
  readonly suite: string;
  readonly components: readonly string[];
  /** Those of Debian (`amd64`) that it is meant for; empty: all. */
  readonly architectures: readonly string[];
  readonly signedBy: SignedBy | null;
  /** Null: by its signature. */
  readonly isTrusted: boolean | null;
}

/** Whose signature counts: files with keys, fingerprints of keys (upper-case hex, `!` for exactly that subkey), or a key itself. */
export type SignedBy =
  | {
      readonly kind: "named";
      readonly files: readonly string[];
      readonly fingerprints: readonly string[];
    }
  | { readonly kind: "key"; readonly armored: string };

/** What one file may name. */
const maxSuites = 1000;

const read = /^(?:https?|file):/i;

/**
 * Reads sources.list, one line for each suite:
 *
 *     deb [arch=amd64,arm64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian bookworm main
 *
 * `architecture` (`amd64`) stands for `$(ARCH)`. Addresses that are not read (mirror lists, cdrom) are told and passed over.
 * Source: sources.list(5), "one-line-style format".
 */
export function parseSourcesList(bytes: Uint8Array, architecture: string): Records<AptSuite> {
  const problems = new ProblemLog("sources.list");
  const records: AptSuite[] = [];
  for (const { text, offsetBytes } of textLines(bytes)) {
    const line = text.replace(/#.*$/, "").trim();
    if (line === "" || /^deb-src\s/.test(line)) continue;
    if (problems.isFull(records.length, maxSuites)) break;
    const [, optionText = "", rest = ""] = /^deb\s+(?:\[([^\]]*)\]\s*)?(\S.*)$/.exec(line) ?? [];
    const [uri = "", suite = "", ...components] = rest.split(/\s+/);
    if (uri === "" || suite === "") {
      problems.malformed(`A line names no suite: ${quoteStart(line)}`, offsetBytes);
      continue;
    }
    const options = readOptions(optionText);
    const written = {
      ...{ uris: [uri], suites: [suite], components, architecture, problems, offsetBytes },
      architectures: wordsOf(options.get("arch"), ","),
      signedBy: readSignedBy(options.get("signed-by"), ","),
      isTrusted: readSwitch(options.get("trusted")),
    };
    records.push(...toSuites(written, maxSuites));
  }
  return { records, problems: problems.toArray() };
}

const fields = new Set([
  ...["types", "uris", "suites", "components", "architectures"],
  ...["signed-by", "trusted", "enabled"],
]);

/**
 * Reads a file of sources.list.d whose name ends in `.sources`: paragraphs with `Types`, `URIs`, `Suites`, `Components`, `Signed-By`
 * (a path, a fingerprint or a key), `Enabled`, `Trusted`, `Architectures`. Otherwise as `parseSourcesList`.
 * Source: sources.list(5), "deb822-style format".
 */
export function parseDeb822Sources(bytes: Uint8Array, architecture: string): Records<AptSuite> {
  const problems = new ProblemLog("sources.list");
  const records: AptSuite[] = [];
  for (const { fields: found, offsetBytes } of parseStanzas(bytes, fields, problems)) {
    if (problems.isFull(records.length, maxSuites)) break;
    const isEnabled = readSwitch(found.get("enabled")) ?? true;
    if (!isEnabled || !wordsOf(found.get("types"), " ").includes("deb")) continue;
    const [uris, suites] = [wordsOf(found.get("uris"), " "), wordsOf(found.get("suites"), " ")];
    if (uris.length === 0 || suites.length === 0) {
      problems.malformed("A paragraph names no URIs or no Suites", offsetBytes);
      continue;
    }
    const written = {
      ...{ uris, suites, architecture, problems, offsetBytes },
      components: wordsOf(found.get("components"), " "),
      architectures: wordsOf(found.get("architectures"), " "),
      signedBy: readSignedBy(found.get("signed-by"), " "),
      isTrusted: readSwitch(found.get("trusted")),
    };
    records.push(...toSuites(written, maxSuites - records.length));
  }
  return { records, problems: problems.toArray() };
}

interface Written extends Pick<
  AptSuite,
  "components" | "architectures" | "signedBy" | "isTrusted"
> {
  readonly uris: readonly string[];
  readonly suites: readonly string[];
  readonly architecture: string;
  readonly problems: ProblemLog;
  readonly offsetBytes: number;
}

/** At most so many: a few lists of words could stand for millions. */
function toSuites(written: Written, room: number): readonly AptSuite[] {
  const { uris, suites, architecture, problems, offsetBytes, ...rest } = written;
  const found: AptSuite[] = [];
  const sound = suites.map((suite) => suite.replaceAll("$(ARCH)", architecture)).filter(isSound);
  for (const uri of uris) {
    if (!isRead(uri)) continue;
    for (const suite of sound) {
      if (found.length >= room) return found;
      found.push({ ...rest, suite, uri: uri.replace(/\/+$/, "") });
    }
  }
  return found;

  function isSound(suite: string): boolean {
    const isFlat = suite.endsWith("/");
    if (isFlat === (rest.components.length === 0)) return true;
    const reason = isFlat ? "A path has components" : "A suite has no components";
    problems.malformed(`${reason}: ${quoteStart(suite)}`, offsetBytes);
    return false;
  }
  function isRead(uri: string): boolean {
    if (read.test(uri)) return true;
    const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(uri)?.[0];
    if (scheme === undefined) {
      problems.malformed(`It names no address: ${quoteStart(uri)}`, offsetBytes);
    } else problems.add({ kind: "unsupported", reason: `it names ${scheme} addresses` });
    return false;
  }
}

/** `arch=amd64 signed-by=/a,/b`; `+=` and `-=` change what is usual and count as `=` for what is added. */
function readOptions(text: string): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (const word of text.split(/\s+/)) {
    const [, name = "", value = ""] = /^([\w-]+?)\+?=(.*)$/.exec(word) ?? [];
    if (name !== "") options.set(name.toLowerCase(), value);
  }
  return options;
}

function wordsOf(text: string | undefined, separator: "," | " "): readonly string[] {
  const pattern = separator === "," ? /[,\s]+/ : /\s+/;
  return (text ?? "").split(pattern).filter((word) => word !== "");
}

/** Source: apt-pkg/contrib/strutl.cc, StringToBool. */
function readSwitch(text: string | undefined): boolean | null {
  const word = text?.trim().toLowerCase() ?? "";
  if (["yes", "true", "with", "on", "enable", "1"].includes(word)) return true;
  if (["no", "false", "without", "off", "disable", "0"].includes(word)) return false;
  return null;
}

function readSignedBy(text: string | undefined, separator: "," | " "): SignedBy | null {
  if (text === undefined || text.trim() === "") return null;
  if (text.includes("-----BEGIN PGP PUBLIC KEY BLOCK-----")) {
    // A dot alone stands for an empty line.
    const lines = text.split("\n").map((line) => (line.trim() === "." ? "" : line.trim()));
    return { kind: "key", armored: `${lines.join("\n").trim()}\n` };
  }
  const words = wordsOf(text, separator).flatMap((word) => word.split(","));
  return {
    kind: "named",
    files: words.filter((word) => word.startsWith("/")),
    fingerprints: words
      .filter((word) => /^[0-9a-f]{16,}!?$/i.test(word))
      .map((word) => word.toUpperCase()),
  };
}
