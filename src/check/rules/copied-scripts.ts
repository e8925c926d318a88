import type { Rule } from "../rule.ts";

/** Packages whose files are copied: what their scripts would have made, as far as it is not known, is not there. */
export const copiedScripts: Rule = {
  id: "copied-scripts",
  *find({ app, base, program }) {
    // It is about the base: said once, with the first program.
    if (program !== app.programs[0]) return;
    for (const { package: name, script } of base.unknownScripts ?? []) {
      yield {
        code: "script-not-run",
        package: name,
        script,
        severity: "blocks",
        phase: "use",
        program,
        evidence: [{ file: `${name} ${script}`, seen: script }],
      };
    }
  },
};
