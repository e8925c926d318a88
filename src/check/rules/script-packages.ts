import { installedPackages } from "../../distros/installed-packages.ts";
import type { Rule } from "../rule.ts";

/** As many names are told. */
const maxNames = 5;

/**
 * A script of an image with packages that the base lacks: what it runs is not read, and may come from them. So nothing
 * is proved by its start. Where its interpreter already fails, that is the news.
 */
export const scriptPackages: Rule = {
  id: "script-packages",
  *find({ app, base, program, start }) {
    const added = app.addedPackages ?? [];
    const script = start.steps.find(({ kind }) => kind === "script");
    if (added.length === 0 || script === undefined) return;
    if (start.problems.some(({ severity }) => severity === "blocks")) return;
    const there = new Set(installedPackages(base.rootfs).packages.map(({ name }) => name));
    for (const name of base.addedPackages ?? []) there.add(name);
    const lacking = added.filter((name) => !there.has(name));
    if (lacking.length === 0) return;
    const more = lacking.length > maxNames ? ` and ${lacking.length - maxNames} more` : "";
    const names = `${lacking.slice(0, maxNames).join(", ")}${more}`;
    yield {
      code: "not-read",
      path: script.path,
      reason: `what this script runs is not read, and the base lacks packages of the image: ${names}`,
      severity: "blocks",
      phase: "use",
      program,
      evidence: [{ file: script.realPath ?? script.path, line: 1, seen: `#!${script.line ?? ""}` }],
    };
  },
};
