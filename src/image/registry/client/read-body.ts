import { failed, success, type Result } from "../../../model/failure.ts";
import { isJsonObject, listAt, parseJsonText, textAt } from "../../sources/json.ts";
import { BodyError, type Answer } from "./transport.ts";
import { type Trouble } from "./trouble.ts";

/** The whole body, or `over-limit` when it is longer than that. */
export async function readBody(
  { body }: Pick<Answer, "body">,
  maxBytes: number,
): Promise<Result<Buffer, Trouble | "over-limit">> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const part of body.chunks()) {
      bytes += part.byteLength;
      if (bytes > maxBytes) return failed("over-limit");
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof BodyError) return failed(error.trouble);
    throw error;
  }
  return success(Buffer.concat(parts));
}

/** Most of an answer about an error that is looked at. Bytes. */
const maxErrorBytes = 65_536;

/** Longest text of a server that goes into a reason. Characters. */
const maxMessage = 200;

/**
 * What the server says of its refusal, in one line without control characters; empty when it says nothing that is meant for
 * people. Reads the body. Shape: `{"errors":[{"code":"NAME_UNKNOWN","message":"…","detail":…}]}`, or OAuth's
 * `{"error":"…","error_description":"…"}`. Source: distribution-spec, "Error Codes".
 */
export async function readErrorMessage(answer: Answer): Promise<string> {
  const read = await readBody(answer, maxErrorBytes);
  return read.ok ? messageIn(read.value.toString("utf8")) : "";
}

function messageIn(text: string): string {
  const json = parseJsonText(text);
  if (json === null) return "";
  const said = (listAt(json, "errors") ?? []).slice(0, 3).flatMap((error) => {
    if (!isJsonObject(error)) return [];
    const [code, message] = [textAt(error, "code"), textAt(error, "message")];
    const detail = textAt(error, "detail");
    return [message || code, detail === message ? "" : detail];
  });
  const oauth = textAt(json, "error_description") || textAt(json, "error");
  // Others have it in one of these: Docker Hub's limits, Harbor, Artifactory.
  const all = [...said, oauth, textAt(json, "message"), textAt(json, "details")];
  return cleanText([...new Set(all)].filter((part) => part !== "").join(", "));
}

/** One line, bounded, nothing that a terminal could obey, nothing that reads like a token. */
export function cleanText(text: string): string {
  const line = text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .replaceAll(/[\w.~+/-]{80,}=*/g, "…")
    .trim();
  return line.length > maxMessage ? `${line.slice(0, maxMessage)}…` : line;
}
