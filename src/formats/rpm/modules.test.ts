import { describe, expect, it } from "vitest";
import { parseModules } from "./modules.ts";

const text = `---
document: modulemd
version: 2
data:
  name: nodejs
  stream: 1.10
  version: 8070020221018
  context: 9edba152
  arch: x86_64
  artifacts:
    rpms:
    - nodejs-1:18.12.1-2.module.x86_64
    - nodejs-1:18.12.1-2.module.src
...
---
document: modulemd-translations
version: 1
data: {module: nodejs}
---
document: modulemd-defaults
version: 1
data:
  module: nodejs
  stream: "18"
  profiles: {18: [common]}
---
document: modulemd-defaults
version: 1
data: {module: perl, modified: 2}
---
document: modulemd
data: {stream: x}
---
document: modulemd
data: [
`;

describe("parseModules()", () => {
  it("reads streams and defaults, names what is broken", async () => {
    const { streams, defaults, problems } = await parseModules(text);
    expect(streams).toEqual([
      {
        module: "nodejs",
        stream: "1.10",
        packages: ["nodejs-1:18.12.1-2.module.x86_64", "nodejs-1:18.12.1-2.module.src"],
      },
    ]);
    expect([...defaults]).toEqual([["nodejs", "18"]]);
    expect(problems).toMatchObject([{ kind: "malformed" }, { kind: "malformed" }]);
  });

  it("has nothing of an empty text, and no bomb explodes", async () => {
    expect(await parseModules("")).toMatchObject({ streams: [], problems: [] });
    const lists = Array.from(
      { length: 12 },
      (_, at) =>
        `l${at + 1}: &l${at + 1} [${Array.from({ length: 12 }, () => `*l${at}`).join(",")}]`,
    );
    const bomb = `---\ndocument: modulemd\nl0: &l0 [x]\n${lists.join("\n")}\ndata: {name: *l12}\n`;
    expect((await parseModules(bomb)).problems).toHaveLength(1);
  });
});
