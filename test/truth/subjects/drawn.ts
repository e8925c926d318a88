import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SubjectPlan } from "../subject.ts";

/** One file of a registry, exact. */
export interface DrawnFile {
  readonly name: string;
  readonly version: string;
  /** npm: the SRI of the tarball. Debian: `sha256-` and the hexadecimal sum of the .deb. */
  readonly integrity: string;
}

/** A subject drawn from a pool, as `subjects.json` keeps it. The program's path is below /app. */
export interface DrawnSubject extends SubjectPlan {
  readonly origin: "npm" | "debian";
  /** The package itself first, then the packages its libraries come from. */
  readonly files: readonly DrawnFile[];
  /** Debian: path of the program in the package; npm: same as `program`. */
  readonly member: string;
}

/** One thing that may be drawn, as `pool.json` lists it. */
export interface PoolItem {
  readonly name?: string;
  readonly package?: string;
  readonly version?: string;
  readonly program?: string;
  readonly args?: readonly string[];
  readonly output?: string;
  readonly exitCode?: number | null;
}

export interface Pool {
  readonly count: number;
  readonly pool: readonly PoolItem[];
}

export interface Pools {
  readonly seed: number;
  readonly npm: Pool;
  readonly debian: Pool;
  readonly debianWithLibraries: Pool;
}

/** Reads the pools. Both files are our own and checked in; beyond its first fields their shape is not checked again. */
export function readPools(): Pools {
  const value = readJson("pool.json");
  if (!isPools(value)) throw new Error("Cannot read pool.json: not the expected fields");
  return value;
}

/** Reads what was drawn. */
export function readDrawn(): readonly DrawnSubject[] {
  const value = readJson("subjects.json");
  if (!isDrawn(value)) throw new Error("Cannot read subjects.json: not the expected fields");
  return value.subjects;
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(import.meta.dirname, name), "utf8"));
}

function isPools(value: unknown): value is Pools {
  return typeof value === "object" && value !== null && "seed" in value && "npm" in value;
}

function isDrawn(value: unknown): value is { readonly subjects: readonly DrawnSubject[] } {
  return typeof value === "object" && value !== null && "subjects" in value;
}
