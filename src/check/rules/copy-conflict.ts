import type { Finding } from "../../model/finding.ts";
import type { Rule } from "../rule.ts";

/** That many are named: one is enough to know that the Dockerfile does not do what was checked. */
const maxNamed = 5;

/**
 * A file of the app where the base has a directory, or the other way round. The check lays the app over the base; COPY
 * puts a file into a directory of that name, and refuses a directory over a file. Source: Dockerfile reference, COPY.
 */
export const copyConflict: Rule = {
  id: "copy-conflict",
  *find({ app, base, program }) {
    // It is about all of the app: said once, with its first program.
    if (program !== app.programs[0]) return;
    let named = 0;
    for (const { path, type } of app.layer.entries) {
      const there = base.rootfs.lookup(path);
      if (there === null) continue;
      const resolved = base.rootfs.resolve(path);
      const isDirectory = resolved.kind === "found" && resolved.node.entry.type === "directory";
      if (isDirectory === (type === "directory")) continue;
      if (named++ === maxNamed) return;
      const reason = isDirectory
        ? "the base has a directory there, and COPY would put the file into it"
        : "the base has a file there, and COPY cannot put a directory over it";
      const finding: Finding = {
        code: "not-read",
        path,
        reason,
        severity: "blocks",
        phase: "load",
        program,
        evidence: [{ file: path, seen: type }],
      };
      yield finding;
    }
  },
};
