import { success, failed, type Result } from "../../../model/failure.ts";
import { isWebPage, webPage } from "./answer-failure.ts";
import type { BlobFile } from "./blob-file.ts";
import { contentRangeOf, countOf } from "./headers.ts";
import { BodyError, type Answer } from "./transport.ts";
import { trouble, type Trouble } from "./trouble.ts";

export interface Receiving {
  readonly file: BlobFile;
  readonly sizeBytes: number;
  /** Told after each part that stands in the file. */
  readonly onBytes: () => void;
}

/** What became of one answer. `useless`: the same range is not worth asking for again. */
export type Received =
  | { readonly kind: "whole" }
  | { readonly kind: "cut" | "useless" | "wrong"; readonly trouble: Trouble };

/**
 * Writes what an answer has of a blob from where the file ends. A 206 may start before that, a 200 always does: those bytes are
 * passed over. `wrong`: these are not the bytes of the descriptor, whoever is asked again.
 */
export async function receiveBody(answer: Answer, receiving: Receiving): Promise<Received> {
  const { file, sizeBytes } = receiving;
  const start = findStart(answer, file.writtenBytes, sizeBytes);
  if (!start.ok) {
    answer.body.discard();
    return start.failure;
  }
  let skipBytes = file.writtenBytes - start.value;
  try {
    for await (const chunk of answer.body.chunks()) {
      const part = chunk.subarray(Math.min(skipBytes, chunk.byteLength));
      skipBytes -= chunk.byteLength - part.byteLength;
      if (part.byteLength > file.missingBytes) return wrong(`it is longer than ${sizeBytes} bytes`);
      if (part.byteLength === 0) continue;
      await file.write(part);
      receiving.onBytes();
    }
  } catch (error) {
    if (error instanceof BodyError) return cutOr(file, error.trouble);
    throw error;
  }
  const reason = `it ends after ${file.writtenBytes} of ${sizeBytes} bytes`;
  return cutOr(file, trouble("malformed", reason));
}

/** Whatever came after the last byte. */
function cutOr(file: BlobFile, why: Trouble): Received {
  return file.missingBytes === 0 ? { kind: "whole" } : { kind: "cut", trouble: why };
}

/** At which byte of the blob the body starts, not behind what is there. Source: RFC 9110 14.4, 15.3.7, 15.5.17. */
function findStart(
  { status, headers }: Answer,
  offsetBytes: number,
  sizeBytes: number,
): Result<number, Received> {
  if (isWebPage({ headers })) return failed(wrong(`its answer is ${webPage}`));
  const { firstByte, totalBytes } = contentRangeOf(headers);
  const isOther = totalBytes !== null && totalBytes !== sizeBytes;
  if (isOther && (status === 206 || status === 416))
    return failed(otherSize(totalBytes, sizeBytes));
  if (status === 200) {
    const lengthBytes = countOf(headers, "content-length");
    const isLonger = lengthBytes !== null && lengthBytes > sizeBytes;
    return isLonger ? failed(otherSize(lengthBytes, sizeBytes)) : success(0);
  }
  if (status === 206 && firstByte !== null && firstByte <= offsetBytes) return success(firstByte);
  const reason =
    status === 206
      ? `it answers with another part than from byte ${offsetBytes} on`
      : `it answered ${status} to the bytes from ${offsetBytes} on`;
  return failed({ kind: "useless", trouble: trouble("malformed", reason) });
}

function otherSize(foundBytes: number, sizeBytes: number): Received {
  return wrong(`it has ${foundBytes} bytes, its descriptor says ${sizeBytes}`);
}

function wrong(reason: string): Received {
  return { kind: "wrong", trouble: trouble("malformed", reason) };
}
