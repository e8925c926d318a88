import { readFile } from "node:fs/promises";
import { FormatError } from "../../formats/format-error.ts";
import { toFailure } from "../../formats/over-limit-error.ts";
import { parseMetalink } from "../../formats/rpm/metalink.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import type { RepositoryAccess } from "../access.ts";
import type { YumRepository } from "./read-config.ts";

const maxBytes = 4 * 1024 * 1024;
/** Mirrors that are tried until one answers. */
const maxMirrors = 5;

/**
 * The addresses of a repository, each with a slash at its end, best first: those that it names itself, else those of its list
 * of mirrors. Failures: those of the list, `unsupported` where no address is one of http, https or a file.
 */
export async function findMirrors(
  repository: YumRepository,
  access: RepositoryAccess,
  maxAgeMs: number,
): Promise<Result<readonly string[]>> {
  const { id: what, baseUrls, mirrorList, metalink } = repository;
  const own = baseUrls.filter(isAddress);
  if (own.length > 0) return success(own.slice(0, maxMirrors).map(withSlash));
  const list = metalink ?? mirrorList;
  if (list === null || !isAddress(list)) {
    const said = list ?? baseUrls[0];
    const reason =
      said === undefined ? "it names no address" : "its address is not one of http, https or file";
    return failed({ kind: "unsupported", what, where: null, reason });
  }
  const fetched = await access.fetch({ url: list, kind: { maxAgeMs }, digest: null, maxBytes });
  if (!fetched.ok) return fetched;
  const bytes = await readFile(fetched.value.file);
  try {
    const found = (metalink === null ? parseMirrorList(bytes) : parseMetalink(bytes))
      .filter(isAddress)
      // A list from elsewhere must not point into this machine.
      .filter((url) => !url.startsWith("file:"))
      .slice(0, maxMirrors)
      .map(withSlash);
    if (found.length > 0) return success(found);
    const reason = "its list of mirrors names none that can be reached over http or https";
    return failed({ kind: "unsupported", what, where: null, reason });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return failed(toFailure(error, list, null));
  }
}

/** One address a line; `#` begins a comment. */
function parseMirrorList(bytes: Uint8Array): readonly string[] {
  const lines = Buffer.from(bytes).toString("utf8").split("\n");
  return lines.map((line) => line.trim()).filter((line) => line !== "" && !line.startsWith("#"));
}

function isAddress(url: string): boolean {
  return /^(?:https?|file):\/\//.test(url) && URL.canParse(url);
}

/** The place of the indexes is below it; a query is not taken along. */
function withSlash(url: string): string {
  const parsed = new URL(url);
  [parsed.search, parsed.hash] = ["", ""];
  if (!parsed.pathname.endsWith("/")) parsed.pathname += "/";
  return parsed.href;
}

/**
 * The address of a file of a repository, null when it leads elsewhere: `href` comes from an index and may hold anything. A
 * repository on a server must not name files of this machine.
 */
export function addressBelow(repository: string, href: string, base: string | null): string | null {
  if (base !== null && !isAddress(base)) return null;
  const start = base === null ? repository : withSlash(base);
  if (!URL.canParse(href, start)) return null;
  const url = new URL(href, start);
  const isOnServer = url.protocol === "http:" || url.protocol === "https:";
  if (isOnServer) return url.href;
  return url.protocol === "file:" && url.href.startsWith(repository) ? url.href : null;
}
