import { createReadStream } from "node:fs";
import { decompress, type Compression } from "../../formats/compression.ts";
import { TarReader } from "../../formats/tar/tar-reader.ts";
import { failed, success, type Result } from "../../model/failure.ts";
import { isRoot, isRootStart } from "./recognise.ts";
import { failureOf } from "./spool-archive.ts";

/** How much of a compressed file is looked into to tell what is in it. */
const lookedIntoBytes = 64 * 1024;

/** What the first entries of a compressed file say. */
export interface CompressedStart {
  readonly isTar: boolean;
  /** What is there is a root's own: it can be streamed, and need not be unpacked to be looked into. */
  readonly looksLikeRoot: boolean;
}

/** Reads no more of the file than it must. A stream that is broken in its first bytes is `malformed`. */
export async function readCompressedStart(
  file: string,
  compression: Compression,
): Promise<Result<CompressedStart>> {
  const tops = new Set<string>();
  const reader = listTops(file, tops);
  const source = createReadStream(file);
  let bytes = 0;
  try {
    for await (const chunk of decompress(compression, source)) {
      reader.push(chunk);
      bytes += chunk.byteLength;
      if (reader.isDone || bytes >= lookedIntoBytes) break;
    }
  } catch (error) {
    return failed(failureOf(error, file));
  } finally {
    source.destroy();
  }
  const isWhole = bytes < lookedIntoBytes;
  const looksLikeRoot = isWhole ? isRoot((name) => tops.has(name)) : isRootStart(tops);
  return success({ isTar: tops.size > 0, looksLikeRoot });
}

/** A reader that collects the first part of each name. */
function listTops(where: string, tops: Set<string>): TarReader {
  return new TarReader({
    where,
    handler: {
      entry({ path }) {
        tops.add(path.split("/")[1] ?? "");
        return false;
      },
      content: () => false,
      endOfFile: () => undefined,
      problem: () => undefined,
    },
  });
}
