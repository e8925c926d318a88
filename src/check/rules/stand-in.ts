import type { Rule } from "../rule.ts";

/** What was read are the same packages, not the publisher's bytes: of the official image nothing is proved by them. */
export const standIn: Rule = {
  id: "stand-in",
  *find({ base: { info }, program }) {
    if (info.measurement.kind !== "stand-in") return;
    const { source } = info.measurement;
    yield {
      code: "base-stand-in",
      base: info.reference ?? info.id,
      source,
      severity: "blocks",
      phase: "load",
      program,
      evidence: [{ file: info.id, seen: source }],
    };
  },
};
