import type { Rule } from "../rule.ts";

/** As many statements are shown of each script. */
const maxStatements = 3;

/** Packages whose files are copied: what their scripts would have made, as far as it is not known, is not there. */
export const copiedScripts: Rule = {
  id: "copied-scripts",
  *find({ app, base, program }) {
    // It is about the base: said once, with the first program.
    if (program !== app.programs[0]) return;
    for (const { package: name, script, statements } of base.unknownScripts ?? []) {
      const file = `${name} ${script}`;
      yield {
        code: "script-not-run",
        package: name,
        script,
        severity: "blocks",
        phase: "use",
        program,
        evidence: statements.slice(0, maxStatements).map((seen) => ({ file, seen })),
      };
    }
  },
};
