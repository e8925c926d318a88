import { parseApkRepositories } from "../../formats/apk/repositories.ts";
import { splitWords } from "../../formats/apk/dependency.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import type { Failure } from "../../model/failure.ts";
import type { Platform } from "../../model/platform.ts";

/** A repository and the tags under which its packages may be taken; null among them: by anybody. */
export interface ApkRepository {
  /** Address of its index: `http:`, `https:`, or `file:` when the user named it. */
  readonly indexUrl: string;
  /** Packages are below it, without a slash at its end. */
  readonly packagesUrl: string;
  readonly tags: readonly (string | null)[];
  /** For people: `v3.20/main`. */
  readonly label: string;
}

/** What a base tells apk. */
export interface ApkSystem {
  /** In apk's own words: `x86_64`. */
  readonly architecture: string;
  /** In the order in which apk reads them; each once. */
  readonly repositories: readonly ApkRepository[];
  /** What is wanted of the system; null where that is not known. */
  readonly world: readonly string[] | null;
  /** Keys that may sign, PEM by file name. */
  readonly keys: ReadonlyMap<string, string>;
  readonly problems: readonly Failure[];
}

const repositoriesFile = "/etc/apk/repositories";
const repositoryFolders = ["/etc/apk/repositories.d", "/usr/lib/apk/repositories.d"];
/** The first one that has a key of that name counts. Source: apk-tools 3 src/context.c. */
const keyFolders = ["/etc/apk/keys", "/usr/lib/apk/keys"];

/** Go's names and apk's. Source: apk-tools src/apk_arch.h. */
const architectures: ReadonlyMap<string, string> = new Map([
  ["amd64", "x86_64"],
  ["386", "x86"],
  ["arm64", "aarch64"],
  ["arm/v6", "armhf"],
  ["arm/v7", "armv7"],
  ["ppc64le", "ppc64le"],
  ["s390x", "s390x"],
  ["riscv64", "riscv64"],
  ["loong64", "loongarch64"],
  ["mips64", "mips64"],
]);

/**
 * Reads what a base tells apk: from where packages come, for which architecture, who may sign them, what is wanted. A folder that
 * the base names is one of the image, and must never become one of this machine: it is a problem. Null where apk has no name
 * for the platform and the base says none.
 */
export function readApkSystem(rootfs: Rootfs, platform: Platform): ApkSystem | null {
  const { architecture: name, variant } = platform;
  const written = readText(rootfs, "/etc/apk/arch")?.split(/\s/, 1)[0] ?? "";
  const known = architectures.get(`${name}/${variant ?? ""}`) ?? architectures.get(name);
  const architecture = /^[a-z0-9_]+$/.test(written) ? written : known;
  if (architecture === undefined) return null;
  const paths = [
    repositoriesFile,
    ...repositoryFolders.flatMap((folder) =>
      rootfs
        .names(folder)
        .filter((file) => file.endsWith(".list"))
        .map((file) => `${folder}/${file}`),
    ),
  ];
  const found = new RepositoryList(architecture);
  for (const path of paths) {
    const text = readText(rootfs, path);
    if (text !== null) found.addFile(text, path);
  }
  const world = readText(rootfs, "/etc/apk/world");
  return {
    architecture,
    repositories: found.repositories,
    world: world === null ? null : splitWords(world),
    keys: readKeys(rootfs),
    problems: found.problems,
  };
}

/** Repositories from lines, each once. */
export class RepositoryList {
  readonly problems: Failure[] = [];
  readonly #architecture: string;
  readonly #byIndex = new Map<string, ApkRepository>();

  constructor(architecture: string) {
    this.#architecture = architecture;
  }

  get repositories(): readonly ApkRepository[] {
    return [...this.#byIndex.values()];
  }

  /** Adds those of one file; `areLocal`: the user wrote it, and its folders are those of this machine. */
  addFile(text: string, path: string, areLocal = false): void {
    const { records, problems } = parseApkRepositories(text, this.#architecture);
    this.problems.push(...problems.map((one): Failure => ({ ...one, what: path, where: null })));
    for (const { address, kind, tag } of records) {
      const url = toUrl(address, areLocal);
      if (url === null || kind === "v3" || address.endsWith(".adb")) {
        const reason =
          url === null ? whyNot(address) : "indexes of apk 3 (Packages.adb) are not read yet";
        this.problems.push({ kind: "unsupported", what: path, where: null, reason });
      } else this.#add(url, kind === "index", tag);
    }
  }

  #add(url: string, isIndex: boolean, tag: string | null): void {
    const folder = isIndex ? url.slice(0, url.lastIndexOf("/")) : `${url}/${this.#architecture}`;
    const indexUrl = isIndex ? url : `${folder}/APKINDEX.tar.gz`;
    const known = this.#byIndex.get(indexUrl);
    const tags = [...new Set([...(known?.tags ?? []), tag])];
    const label = labelOf(isIndex ? folder : url);
    this.#byIndex.set(indexUrl, { indexUrl, packagesUrl: folder, tags, label });
  }
}

function toUrl(address: string, areLocal: boolean): string | null {
  const isFolder = address.startsWith("/");
  if (isFolder || /^file:/i.test(address)) {
    if (!areLocal) return null;
    return isFolder ? `file://${address.split("/").map(encodeURIComponent).join("/")}` : address;
  }
  return /^https?:/i.test(address) && URL.canParse(address) ? address : null;
}

function whyNot(address: string): string {
  return /^(?:\/|file:)/i.test(address)
    ? "it names a folder of the image as a repository"
    : `it names ${/^[^:/]*/.exec(address)?.[0] ?? "other"} addresses`;
}

/** The last two parts of the path: release and component. */
function labelOf(url: string): string {
  const parts = new URL(url).pathname.split("/").filter((part) => part !== "");
  return parts.slice(-2).join("/");
}

function readKeys(rootfs: Rootfs): ReadonlyMap<string, string> {
  const keys = new Map<string, string>();
  for (const folder of keyFolders) {
    for (const name of rootfs.names(folder)) {
      const text = readText(rootfs, `${folder}/${name}`);
      if (text !== null && !keys.has(name)) keys.set(name, text);
    }
  }
  return keys;
}

function readText(rootfs: Rootfs, path: string): string | null {
  const resolved = rootfs.resolve(path);
  return resolved.kind === "found" ? rootfs.text(resolved.path) : null;
}
