import { FormatError } from "../format-error.ts";
import { quoteStart } from "../path-budget.ts";
import { ProblemLog, type RecordProblem } from "../record-problem.ts";

/** One version of a module: packages that only count where its stream is chosen. */
export interface ModuleStream {
  readonly module: string;
  /** `18`, `rhel8`, `1.10`. */
  readonly stream: string;
  /** `name-epoch:version-release.arch`, sources among them. */
  readonly packages: readonly string[];
}

/** What a repository says of modules. */
export interface Modules {
  readonly streams: readonly ModuleStream[];
  /** Module to the stream that counts where nobody chose one. */
  readonly defaults: ReadonlyMap<string, string>;
  /** Documents that could not be read. */
  readonly problems: readonly RecordProblem[];
}

const format = "modules.yaml";
/** Real ones have some megabytes and a thousand documents. */
const maxChars = 64 * 1024 * 1024;
const maxDocuments = 20_000;

/**
 * Reads the documents of a modules.yaml; those of other kinds (translations, what is obsolete) are passed over. Throws FormatError
 * only when it is too big as a whole.
 *
 *     ---
 *     document: modulemd
 *     version: 2
 *     data: {name: nodejs, stream: 18, artifacts: {rpms: ["nodejs-1:18.12.1-2.module.x86_64"]}}
 *
 * Source: libmodulemd, yaml_specs/modulemd_stream_v2.yaml, modulemd_defaults_v1.yaml.
 */
export async function parseModules(text: string): Promise<Modules> {
  if (text.length > maxChars) {
    throw new FormatError(format, `It has ${text.length} characters, more than ${maxChars}`);
  }
  const { parse } = await import("yaml");
  const log = new ProblemLog(format);
  const streams: ModuleStream[] = [];
  const defaults = new Map<string, string>();
  const documents = text.split(/^---(?:[ \t].*)?$/m).slice(0, maxDocuments);
  for (const document of documents) {
    // Parsing costs much: others are known by their first lines.
    if (!/^document:[ \t]*["']?modulemd(?:-defaults)?["']?[ \t]*$/m.test(document)) continue;
    const read = readDocument(document, parse);
    if (typeof read === "string") log.malformed(read, null);
    else if (read.kind === "stream") streams.push(read.stream);
    else if (read.stream !== null) defaults.set(read.module, read.stream);
  }
  return { streams, defaults, problems: log.toArray() };
}

type ReadDocument =
  | { readonly kind: "stream"; readonly stream: ModuleStream }
  | { readonly kind: "default"; readonly module: string; readonly stream: string | null };
type ParseYaml = (text: string, options: { readonly schema: "failsafe" }) => unknown;

/** In words why it is none. */
function readDocument(text: string, parse: ParseYaml): ReadDocument | string {
  let value: unknown;
  try {
    // All scalars as texts: a stream of `1.10` is no number.
    value = parse(text, { schema: "failsafe" });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return `A document is no YAML: ${error.message.split("\n", 1)[0]?.slice(0, 200) ?? ""}`;
  }
  const [document, data] = [field(value, "document"), field(value, "data")];
  const stream = field(data, "stream");
  if (document === "modulemd-defaults") {
    const module = field(data, "module");
    if (typeof module !== "string") return "A default stream has no module";
    return { kind: "default", module, stream: typeof stream === "string" ? stream : null };
  }
  const module = field(data, "name");
  if (typeof module !== "string" || typeof stream !== "string") {
    return `A module has no name or no stream: ${quoteStart(text.trim())}`;
  }
  const rpms = field(field(data, "artifacts"), "rpms");
  const packages = Array.isArray(rpms) ? rpms.filter((item) => typeof item === "string") : [];
  return { kind: "stream", stream: { module, stream, packages } };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
