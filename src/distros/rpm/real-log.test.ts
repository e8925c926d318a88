import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../../test/memory-rootfs.ts";
import { askRpm, installRpms, makeRpms, withFolder, withoutRpm } from "../../../test/rpm-tool.ts";
import { rpm } from "./rpm.ts";

const spec = ["first", "second", "third", "fourth"].map(
  (name) => `
%package -n ${name}
Summary: ${name}
${name === "third" ? "Obsoletes: first" : ""}
%description -n ${name}
None.
%files -n ${name}
%ghost /usr/share/${name}
`,
);

const wholeSpec = `
Name: log
Version: 1
Release: 1
Summary: Log
License: MIT
%description
None.
${spec.join("")}`;

const path = "/var/lib/rpm/rpmdb.sqlite";

describe.skipIf(withoutRpm !== "")(`a log that rpm itself wrote${withoutRpm}`, () => {
  it("is read as rpm reads it, while somebody else keeps it from being emptied", () => {
    withFolder((folder) => {
      const rpms = makeRpms(folder, wholeSpec);
      const database = join(folder, "db");
      installRpms(database, rpms.slice(0, 2));
      const holder = new DatabaseSync(join(database, "rpmdb.sqlite"));
      holder.exec("BEGIN");
      holder.prepare("SELECT count(*) FROM Packages").get();
      // One run, which waits ten seconds for the log: the third package takes the place of the first.
      installRpms(database, rpms.slice(2));
      const copy = join(folder, "copy");
      cpSync(database, copy, { recursive: true });
      holder.exec("ROLLBACK");
      holder.close();

      const [before, log] = ["rpmdb.sqlite", "rpmdb.sqlite-wal"].map((name) =>
        readFileSync(join(copy, name)),
      );
      expect(log?.length).toBeGreaterThan(4096);
      const found = rpm.findPackages(
        memoryRootfs({ [path]: before ?? "", [`${path}-wal`]: log ?? "" }),
      );
      expect(found?.problems).toEqual([]);
      const withoutLog = rpm.findPackages(memoryRootfs({ [path]: before ?? "" }));
      const names = (one: typeof found): readonly string[] =>
        (one?.packages ?? []).map(({ name, files }) => `${name} ${files.join(" ")}`).toSorted();
      const asked = askRpm(copy, "sqlite").map(({ name, files }) => `${name} ${files.join(" ")}`);
      expect(names(found)).toEqual(asked);
      expect(asked.map((one) => one.split(" ")[0])).toEqual(["fourth", "second", "third"]);
      expect(names(withoutLog)).not.toEqual(asked);
    });
  }, 60_000);
});
