import { afterAll, describe, expect, it } from "vitest";
import { createLinker, plainEnvironment } from "../linker.ts";
import type { Start, StartEnvironment } from "../process.ts";
import { Lab, withoutCompiler, withoutSandbox, type BaseKind } from "./lab.ts";

/** One rule of a loader: a root that shows it, what is predicted, and what really happens. */
export interface RuleCase {
  /** The rule; the test is named after it. */
  readonly rule: string;
  /** Shell, see the lab's prelude; runs in the root. */
  readonly recipe: string;
  /** `/app/main` when absent. */
  readonly program?: string;
  readonly environment?: Partial<StartEnvironment>;
  /** All problems, first cause first, as far as they are written here; none: it starts and runs. */
  readonly finds: readonly object[];
  /** By DT_NEEDED name: the file and the rule that named its place, of the last process. */
  readonly loads?: Readonly<Record<string, string>>;
  /** The exit status, where each candidate returns another number, or what is said when it does not start. */
  readonly real: number | RegExp;
}

export interface CasesOptions {
  readonly base: BaseKind;
  /** Further variables for the recipes. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One test per case: builds the root, predicts, starts it for real and holds both against each other. */
export function testRules(name: string, cases: readonly RuleCase[], options: CasesOptions): void {
  const skipped = withoutCompiler(options.base);
  const unrun = withoutSandbox();
  const why = [skipped, unrun].filter((reason) => reason !== null).join("; ");
  describe.skipIf(skipped !== null)(`${name}${why === "" ? "" : ` (${why})`}`, () => {
    const lab = new Lab();
    afterAll(() => lab.remove());
    it.each(cases.map((row) => [row.rule, row] as const))("%s", async (_, row) => {
      const environment = { ...plainEnvironment, ...row.environment };
      const root = lab.build(options.base, row.recipe, options.env);
      const program = row.program ?? "/app/main";
      const start = createLinker(await lab.read(root), { environment }).start(program);
      expect(start.problems).toMatchObject([...row.finds]);
      if (row.loads !== undefined) expect(loadsOf(start)).toMatchObject(row.loads);
      if (unrun !== null) return;
      const { status, stderr } = lab.run(root, program, environment);
      if (typeof row.real === "number")
        expect({ status, stderr }).toMatchObject({ status: row.real });
      else expect(stderr).toMatch(row.real);
      expect(startsBy(start)).toBe(typeof row.real === "number");
    });
  });
}

/** What is predicted of the start itself: what stops it later does not count. */
export function startsBy({ problems }: Start): boolean {
  return !problems.some(({ severity, phase }) => severity === "blocks" && phase === "load");
}

function loadsOf({ processes }: Start): Readonly<Record<string, string>> {
  const objects = processes.at(-1)?.objects ?? [];
  const needs = objects.flatMap((object) => object.needs);
  return Object.fromEntries(
    needs.map(({ soname, object }) => [
      soname,
      object === null ? "nothing" : `${object.path} ${object.because}`,
    ]),
  );
}
