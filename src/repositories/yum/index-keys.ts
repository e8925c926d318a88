/** What is found in the table of a repository under which kind of key. */
export type IndexKind =
  /** By place: the package. */
  | "package"
  /** By its name, what it provides, what it obsoletes, its files: the place. */
  | "name"
  | "provides"
  | "obsoletes"
  | "file"
  /** By place: which stream of which module the package is of. By name: the streams that have packages of that name. */
  | "stream"
  | "stream-name"
  /** By nothing: how many packages there are, and what was left out. */
  | "about";

/** One letter each, so that keys stay short. */
const marks: Readonly<Record<IndexKind, string>> = {
  about: "a",
  file: "f",
  stream: "s",
  "stream-name": "t",
  name: "n",
  obsoletes: "o",
  package: "p",
  provides: "v",
};

/** The key for a name of that kind. */
export function keyOf(kind: IndexKind, name: string | Uint8Array): Uint8Array {
  if (typeof name === "string") return Buffer.from(marks[kind] + name);
  return Buffer.concat([Buffer.from(marks[kind]), name]);
}

/** A place as four bytes, the highest first. */
export function placeBytes(place: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(place);
  return bytes;
}

/** Null for bytes that are none. */
export function readPlace(bytes: Uint8Array): number | null {
  if (bytes.length !== 4) return null;
  return Buffer.from(bytes.buffer, bytes.byteOffset, 4).readUInt32BE();
}
