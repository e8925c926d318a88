import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** A statement with the values of its parameters. */
export type Statement = readonly [sql: string, ...values: (string | number | Buffer | null)[]];

/** What a database and its write-ahead log are while somebody has them open. */
export interface WithLog {
  readonly database: Buffer;
  readonly log: Buffer;
}

/**
 * Runs `before`, moves all of it into the file, runs `logged`, and takes both files while they are open. `COMMIT` and the
 * like are statements like others; what `logged` leaves open is not committed.
 */
export function makeWithLog(before: readonly Statement[], logged: readonly Statement[]): WithLog {
  return withFolder((folder) => {
    const file = join(folder, "made.sqlite");
    const database = new DatabaseSync(file);
    const run = ([sql, ...values]: Statement): void => void database.prepare(sql).run(...values);
    const [pageSize, ...rest] = before;
    if (pageSize !== undefined) run(pageSize);
    database.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    rest.forEach(run);
    if (rest.length > 0) database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    // A small cache has SQLite write pages before they are committed.
    database.exec("PRAGMA cache_size = 5");
    logged.forEach(run);
    const taken = { database: readFileSync(file), log: readFileSync(`${file}-wal`) };
    database.close();
    return taken;
  });
}

/** What SQLite selects from copies of the two files. */
export function selectWithLog(files: WithLog, sql: string): readonly unknown[] {
  return withFolder((folder) => {
    const file = join(folder, "copy.sqlite");
    writeBoth(file, files);
    const database = new DatabaseSync(file);
    const rows = database.prepare(sql).all();
    database.close();
    return rows;
  });
}

function writeBoth(file: string, { database, log }: WithLog): void {
  writeFileSync(file, database);
  writeFileSync(`${file}-wal`, log);
}

function withFolder<Value>(use: (folder: string) => Value): Value {
  const folder = mkdtempSync(join(tmpdir(), "fromage-wal-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
