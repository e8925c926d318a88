import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "../../../test/made-packages.ts";
import { writeRepository, type MadePackage } from "../../../test/repositories/yum/made-universe.ts";
import { askDnf, testAccess, withoutDnf, yumRootfs } from "../../../test/repositories/yum/tools.ts";
import { openYumSource } from "./open-yum-source.ts";

const folder = scratchFolder();

const made = (name: string, version: string, more: Partial<MadePackage> = {}): MadePackage => ({
  ...{ name, version, epoch: 0, release: "1", architecture: "x86_64" },
  ...{ provides: [], requires: [], conflicts: [], obsoletes: [] },
  ...{ recommends: [], suggests: [], supplements: [], files: [] },
  ...more,
});

const packages = [
  made("node", "20", { epoch: 1, provides: ["js"] }),
  made("node", "18", { epoch: 1, provides: ["js"] }),
  made("node", "99"),
  made("perl", "5", { provides: ["script"] }),
  made("perl", "6"),
  made("other", "1", { provides: ["js"] }),
  made("app", "1", { requires: ["js"] }),
  made("tool", "1", { requires: ["script"] }),
];

const stream = (module: string, name: string, nevra: string): string => `---
document: modulemd
version: 2
data:
  name: ${module}
  stream: "${name}"
  version: 1
  context: c0ffee
  arch: x86_64
  summary: A module
  description: A module
  license: {module: [MIT]}
  artifacts: {rpms: [${nevra}]}
...
`;
const modules = `${stream("nodejs", "18", "node-1:18-1.x86_64")}${stream("nodejs", "20", "node-1:20-1.x86_64")}
${stream("perl", "5", "perl-0:5-1.x86_64")}---
document: modulemd-defaults
version: 1
data: {module: nodejs, stream: "18"}
...
`;

const sets = [["node"], ["perl"], ["app"], ["tool"], ["node", "other"]];

describe("resolve() where there are modules", () => {
  const repository = join(folder, "repository");
  writeRepository(repository, packages, { modules });
  const address = pathToFileURL(repository).href;

  const resolveAll = async (
    files: Parameters<typeof yumRootfs>[1] = {},
  ): Promise<readonly (readonly string[])[]> => {
    const rootfs = yumRootfs(`[a]\nbaseurl=${address}\n`, files);
    const platform = { os: "linux", architecture: "amd64" };
    const source = await openYumSource(rootfs, platform, testAccess(folder));
    if (!source.ok) throw new Error(JSON.stringify(source.failure));
    expect(source.value.problems).toEqual([]);
    const all = sets.map((names) => source.value.resolve(names, []));
    source.value.close();
    return all.map(({ added }) =>
      added.map((one) => `${one.name}-${one.version}.${one.architecture}`).toSorted(),
    );
  };

  it("takes the default stream, and what is of no module where none is active", async () => {
    expect(await resolveAll()).toEqual([
      ["node-1:18-1.x86_64"],
      ["perl-6-1.x86_64"],
      ["app-1-1.x86_64", "other-1-1.x86_64"],
      [],
      ["node-1:18-1.x86_64", "other-1-1.x86_64"],
    ]);
  });

  it("takes the stream that was chosen", async () => {
    const module = "[nodejs]\nname=nodejs\nstream=20\nstate=enabled\n[perl]\nstate=disabled\n";
    const [node] = await resolveAll({ "/etc/dnf/modules.d/nodejs.module": module });
    expect(node).toEqual(["node-1:20-1.x86_64"]);
  });

  it.skipIf(withoutDnf !== "")(`does as dnf does${withoutDnf}`, async () => {
    const answers = askDnf({ arch: "x86_64", repositories: [address], sets });
    expect(await resolveAll()).toEqual(answers.map(({ install }) => install));
  });
});
