import type { LinkProblem } from "../../linking/process.ts";
import type { Evidence } from "../../model/evidence.ts";
import type { Finding, FindingSubject } from "../../model/finding.ts";
import type { App } from "../app.ts";
import type { Rule } from "../rule.ts";

/**
 * What kernel and loader refuse, as the linker found it, with where it was seen. A program that is not there and that
 * a package of the target has is a need for that package.
 */
export const programStart: Rule = {
  id: "program-start",
  *find({ app, program, start }) {
    for (const problem of start.problems) {
      const needed = neededPackage(problem, app);
      yield toFinding(problem, needed ?? problem.subject, program);
    }
  },
};

function toFinding(
  { severity, phase, subject }: LinkProblem,
  shown: FindingSubject,
  program: string,
): Finding {
  return { ...shown, severity, phase, program, evidence: evidenceOf(subject, program) };
}

function neededPackage(
  { subject }: LinkProblem,
  app: Pick<App, "packageOf">,
): FindingSubject | null {
  if (subject.code !== "program-missing") return null;
  const { name } = subject;
  const places = name.includes("/")
    ? [name]
    : subject.searched.map((folder) => `${folder}/${name}`);
  for (const path of places) {
    const owner = app.packageOf(path);
    if (owner !== null) return { code: "package-needed", package: owner, path };
  }
  return null;
}

/** The file that asks, and what it asks for. */
function evidenceOf(subject: FindingSubject, program: string): readonly Evidence[] {
  switch (subject.code) {
    case "loader-missing":
    case "loader-unusable":
    case "loader-unneeded":
      return [{ file: program, seen: `PT_INTERP ${subject.interpreter}` }];
    case "library-missing":
    case "library-unusable":
    case "soname-link-missing":
      return [{ file: subject.neededBy, seen: `DT_NEEDED ${subject.soname}` }];
    case "version-missing":
      return [{ file: subject.neededBy, seen: `${subject.library} ${subject.version}` }];
    case "symbol-missing":
      return subject.symbols.slice(0, 5).map((seen) => ({ file: subject.neededBy, seen }));
    case "relocation-unsupported":
      return [{ file: subject.neededBy, seen: subject.what }];
    case "wrong-machine":
    case "wrong-osabi":
      return [{ file: program, seen: subject.found }];
    case "cpu-level":
      return [{ file: program, seen: `GNU_PROPERTY_X86_ISA_1_NEEDED ${subject.needs}` }];
    case "interpreter-missing":
      return [{ file: program, line: 1, seen: `#!${subject.line}` }];
    case "not-executable":
      return [{ file: subject.path, seen: `mode ${subject.modeOctal}` }];
    case "preload-missing":
      return [{ file: subject.from, seen: subject.path }];
    case "format-unknown":
    case "not-read":
      return [{ file: subject.path, seen: subject.path }];
    case "program-missing":
    case "package-needed":
    case "script-not-run":
    case "undeclared-missing":
    case "static-dlopen":
    case "libc-mixed":
    case "base-stand-in":
      return [{ file: program, seen: program }];
  }
}
