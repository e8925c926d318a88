import { describe, expect, it } from "vitest";
import type { LinkedProcess } from "../linking/process.ts";
import { renderLdd, renderLddJson } from "./ldd.ts";
import { sampleObject, sampleStarts } from "../../test/sample-starts.ts";

const plain = { columns: 80, color: false, explain: false };

/** A chain of so many libraries, each needed by the one before. */
function chain(length: number): LinkedProcess {
  const main = sampleObject("/app/main", "program");
  const objects = [main];
  for (let at = 0; at < length; at++) {
    const by = objects.at(-1) ?? main;
    const object = sampleObject(`/lib/lib${at}.so`, "default", by);
    by.needs.push({ soname: `lib${at}.so`, object, searched: [] });
    objects.push(object);
  }
  const interpreter = { asked: "/lib/ld-musl-x86_64.so.1", realPath: null };
  return { ruleSet: "musl", interpreter, libcVersion: null, objects, problems: [] };
}

const start = (process: LinkedProcess) => ({ steps: [], processes: [process], problems: [] });

describe("renderLdd()", () => {
  it("prints each library in full once, and what is missing with where it was looked for", () => {
    const [tree = ""] = renderLdd(sampleStarts, plain).split("\n\n");
    expect(tree).toBe(`/app/run
  /app/run: #!/app/server -x
  /app/server
    loader /lib64/ld-linux-x86-64.so.2 => /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 (glibc 2.36)
    ├── liba.so => /app/lib/liba.so (RUNPATH)
    │   ├── libb.so => /app/lib/libb.so (RUNPATH)
    │   │   ├── liba.so => /app/lib/liba.so (above)
    │   │   └── libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (ld.so.cache)
    │   └── libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (above)
    ├── libz.so.1 => not found
    │     /app/lib/libz.so.1 (RUNPATH): nothing
    │     /lib/libz.so.1 (default folder): for another processor
    └── libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (above)`);
  });

  it("ends with the problems", () => {
    const text = renderLdd(sampleStarts, { ...plain, explain: true });
    expect(text).toContain("    static: no loader\n  problems:\n    blocks: its loader");
    expect(text).toContain("      page docs/findings/loader-missing.md\n");
  });

  it("draws a chain of thousands without recursion and without a triangle of blanks", () => {
    const text = renderLdd([{ program: "/app/main", start: start(chain(4000)) }], plain);
    expect(text).toContain("(4000 deep) lib3999.so => /lib/lib3999.so (default folder)");
    expect(text).toContain("loader /lib/ld-musl-x86_64.so.1 => not found (musl ?)");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(160);
  });

  it("prints no name that a terminal obeys", () => {
    const main = sampleObject("/app/\u001b[2J", "program");
    main.needs.push({ soname: "a\nb", object: null, searched: [] });
    const process = { ...chain(0), objects: [main] };
    const text = renderLdd([{ program: "\u009bx", start: start(process) }], plain);
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(text).toContain(String.raw`a\nb => not found`);
  });
});

describe("renderLddJson()", () => {
  it("names objects by their position", () => {
    const text = renderLddJson({
      tool: "0.1.0",
      reference: "app.tar",
      platform: null,
      programs: sampleStarts,
    });
    const document: unknown = JSON.parse(text);
    expect(document).toMatchObject({
      schema: "fromage/ldd@1",
      programs: [
        {
          processes: [
            {
              objects: [
                {
                  soname: null,
                  neededBy: null,
                  needs: [{ object: 1 }, { object: null }, { object: 3 }],
                },
                { soname: "liba.so", neededBy: 0, needs: [{ object: 2 }, { object: 3 }] },
                { soname: "libb.so", neededBy: 1, needs: [{ object: 1 }, { object: 3 }] },
                { soname: "libc.so.6", neededBy: 0, needs: [] },
              ],
            },
          ],
        },
        {},
      ],
    });
  });
});
