import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** What goes into a made header: tag, type (4 int32, 6 text, 8 texts) and values. */
export type RpmTag = readonly [
  tag: number,
  type: number,
  values: readonly string[] | readonly number[],
];

/** A header blob as rpm's databases hold it, without a region entry. */
export function makeRpmHeader(entries: readonly RpmTag[]): Buffer {
  const index: Buffer[] = [];
  const data: Buffer[] = [];
  let offset = 0;
  for (const [tag, type, values] of entries) {
    const padding = type === 4 ? (4 - (offset % 4)) % 4 : 0;
    data.push(Buffer.alloc(padding), ...values.map(encode));
    const entry = Buffer.alloc(16);
    [tag, type, offset + padding, values.length].forEach((word, at) =>
      entry.writeUInt32BE(word, at * 4),
    );
    index.push(entry);
    offset = data.reduce((sum, part) => sum + part.length, 0);
  }
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(entries.length, 0);
  lengths.writeUInt32BE(offset, 4);
  return Buffer.concat([lengths, ...index, ...data]);
}

function encode(value: string | number): Buffer {
  if (typeof value === "string") return Buffer.from(`${value}\0`);
  const word = Buffer.alloc(4);
  word.writeUInt32BE(value);
  return word;
}

/** The header of a package with its files, in the tags that rpm 4 writes. */
export function makeRpmPackage(name: string, files: readonly string[]): Buffer {
  const directories = [...new Set(files.map((file) => file.slice(0, file.lastIndexOf("/") + 1)))];
  return makeRpmHeader([
    [1000, 6, [name]],
    [1001, 6, ["1.2"]],
    [1002, 6, ["3.el9"]],
    [1022, 6, ["x86_64"]],
    [1044, 6, [`${name}-src-1.2-3.el9.src.rpm`]],
    [1116, 4, files.map((file) => directories.indexOf(file.slice(0, file.lastIndexOf("/") + 1)))],
    [1117, 8, files.map((file) => file.slice(file.lastIndexOf("/") + 1))],
    [1118, 8, directories],
  ]);
}

/** The bytes of an SQLite file after these statements, each with the values of its parameters. */
export function makeSqlite(
  statements: readonly (readonly [sql: string, ...values: (string | number | Buffer | null)[]])[],
): Buffer {
  const folder = mkdtempSync(join(tmpdir(), "fromage-sqlite-"));
  try {
    const file = join(folder, "made.sqlite");
    const database = new DatabaseSync(file);
    for (const [sql, ...values] of statements) database.prepare(sql).run(...values);
    database.close();
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An rpmdb.sqlite that holds these header blobs. */
export function makeRpmDatabase(blobs: readonly Buffer[]): Buffer {
  return makeSqlite([
    ["CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)"],
    ...blobs.map((blob) => ["INSERT INTO Packages (blob) VALUES (?)", blob] as const),
  ]);
}
