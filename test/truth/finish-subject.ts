import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import type { Subject, SubjectPlan } from "./subject.ts";

/** Where a subject on disk came from. */
export interface SubjectPlace {
  readonly origin: Subject["origin"];
  /** Absolute path of the folder bound at /app. */
  readonly folder: string;
  /** Identity of the bytes: revision of the recipe, or exact version and digest. */
  readonly source: string;
}

/** Fills a plan's defaults and its fingerprint. Throws when the program is not in the folder. */
export function finishSubject(plan: SubjectPlan, place: SubjectPlace): Subject {
  const { id, program, proof, args = [], environment = {} } = plan;
  const path = join(place.folder, program);
  const bytes = createHash("sha256").update(readFileSync(path)).digest("hex");
  const facts = JSON.stringify([program, proof, args, environment, place.source, bytes]);
  const fingerprint = createHash("sha256").update(facts).digest("hex").slice(0, 16);
  const { origin, folder } = place;
  const isScript = startsWithShebang(path);
  return { id, program, args, environment, proof, origin, folder, isScript, fingerprint };
}

function startsWithShebang(path: string): boolean {
  const file = openSync(path, "r");
  const start = Buffer.alloc(2);
  readSync(file, start, 0, 2, 0);
  closeSync(file);
  return start.toString("latin1") === "#!";
}
