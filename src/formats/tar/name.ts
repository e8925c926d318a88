import { isAscii, isUtf8 } from "node:buffer";
import { FormatError } from "../format-error.ts";

/** Longest path and link target that is taken, in bytes. Source: Linux PATH_MAX. */
export const maxPathBytes = 4096;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What stands for a byte 0x80 to 0xff that is no UTF-8: 0xdc00 and the byte, which no UTF-8 comes to. */
const strayBase = 0xdc00;

/**
 * Text of a name: UTF-8, and each byte that is none a lone surrogate U+DC80 to U+DCFF, so that different names stay different and
 * `encodeName` has the bytes again. Source: Python PEP 383, "surrogateescape".
 */
export function decodeName(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isAscii(bytes)) return buffer.toString("latin1");
  try {
    return utf8.decode(bytes);
  } catch {
    return decodeStray(buffer);
  }
}

function decodeStray(buffer: Buffer): string {
  let text = "";
  let plainFrom = 0;
  for (let at = 0; at < buffer.byteLength;) {
    const length = lengthAt(buffer, at);
    const isAlone = length === 1 && (buffer[at] ?? 0) < 0x80;
    if (isAlone || isUtf8(buffer.subarray(at, at + length))) at += length;
    else {
      const before = buffer.toString("utf8", plainFrom, at);
      text += before + String.fromCharCode(strayBase + (buffer[at] ?? 0));
      at += 1;
      plainFrom = at;
    }
  }
  return text + buffer.toString("utf8", plainFrom);
}

/** Bytes of the character whose first one stands there, if it is one. Source: RFC 3629, section 3. */
function lengthAt(buffer: Buffer, at: number): number {
  const first = buffer[at] ?? 0;
  if (first < 0xe0) return first < 0xc0 ? 1 : 2;
  return first < 0xf0 ? 3 : 4;
}

/** Only lone ones: a pair is one character to this expression. */
const stray = /[\udc80-\udcff]/u;
const strays = /([\udc80-\udcff])/u;

/** The bytes that `decodeName` read; of any other text its UTF-8. */
export function encodeName(text: string): Buffer {
  if (!stray.test(text)) return Buffer.from(text);
  const parts = text.split(strays).map((part) => {
    const isStray = part.length === 1 && stray.test(part);
    return isStray ? Buffer.of(part.charCodeAt(0) - strayBase) : Buffer.from(part);
  });
  return Buffer.concat(parts);
}

/**
 * The absolute, normalised path of a name in an archive: `./usr//bin/` is `/usr/bin`, `.` is `/`.
 * Throws FormatError for an empty name, a NUL, any `..`, or more than `maxPathBytes`: such a name is never used.
 */
export function normaliseName(name: string): string {
  if (name === "") throw new FormatError("tar", "an entry has no name");
  if (name.length > maxPathBytes) {
    throw new FormatError("tar", `a name is longer than ${maxPathBytes} bytes`);
  }
  if (name.includes("\0")) throw new FormatError("tar", "a name holds a NUL");
  const path = asAbsolute(name);
  if (isNormal(path)) return path;
  const parts = name.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) throw new FormatError("tar", 'a name holds ".."');
  return `/${parts.join("/")}`;
}

/** Most names are `usr/bin/x`, `./usr/bin/x` or the same with a slash at the end: they need no taking apart. */
function asAbsolute(name: string): string {
  const end = name.endsWith("/") ? -1 : undefined;
  if (name.startsWith("./")) return name.slice(1, end);
  return name.startsWith("/") ? name.slice(0, end) : `/${name.slice(0, end)}`;
}

function isNormal(path: string): boolean {
  return path.startsWith("/") && !/\/(?:\/|\.(?:\/|$)|\.\.(?:\/|$)|$)/.test(path);
}

const whiteoutPrefix = ".wh.";
const opaqueMark = ".wh..wh..opq";
const aufsPrefix = ".wh..wh.";

/** What the base name of an entry says about the layers below. */
export type WhiteoutMark =
  | { readonly kind: "none" }
  /** Hides `path` of the layers below; `opaque`: everything below `path`. */
  | { readonly kind: "whiteout" | "opaque"; readonly path: string }
  /** Bookkeeping of AUFS, not a file of the image. */
  | { readonly kind: "metadata" };

/**
 * Reads the whiteout mark of a normalised path. Only the start of the base name counts.
 * Throws FormatError for `.wh.`, `.wh..` and `.wh...`, which would hide the directory or its parent.
 * Source: OCI image-spec layer.md#whiteouts; moby pkg/archive/whiteouts.go.
 */
export function readWhiteout(path: string): WhiteoutMark {
  if (!path.includes("/.wh.")) return { kind: "none" };
  const parts = path.split("/");
  const base = parts.at(-1) ?? "";
  const parent = parts.slice(0, -1).join("/");
  if (base === opaqueMark) return { kind: "opaque", path: parent || "/" };
  if (parts.some((part) => part.startsWith(aufsPrefix))) return { kind: "metadata" };
  if (!base.startsWith(whiteoutPrefix)) return { kind: "none" };
  const hidden = base.slice(whiteoutPrefix.length);
  if (hidden === "" || hidden === "." || hidden === "..") {
    throw new FormatError("tar", `the whiteout "${base}" names no file`);
  }
  return { kind: "whiteout", path: `${parent}/${hidden}` };
}
