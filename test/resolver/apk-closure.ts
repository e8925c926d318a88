import type { ApkRecord } from "../../src/formats/apk/record.ts";
import { compareApkVersions } from "../../src/formats/versions/apk.ts";
import type { Resolution } from "../../src/repositories/package-source.ts";
import type { OpenedWorld } from "./apk-worlds.ts";

/** A package as texts. */
interface Plain {
  readonly name: string;
  readonly version: string;
  readonly relations?: ApkRecord["relations"];
}

/**
 * What is wrong with a result, found without any solver: every relation of everything that would be there has to hold, every
 * package has to be there for a reason, and everything that comes by itself has to have come. Empty when all is right.
 */
export function findFaults(
  world: OpenedWorld,
  names: readonly string[],
  resolution: Resolution,
): readonly string[] {
  const present = presentAfter(world, resolution);
  const wanted = [...world.world, ...names];
  const faults: string[] = [];
  const holds = (relation: string): boolean => isHeld(relation, present);
  for (const relation of wanted) if (!holds(relation)) faults.push(`world: ${relation}`);
  for (const { name, relations } of present) {
    for (const relation of words(relations?.depends)) {
      if (!holds(relation)) faults.push(`${name}: ${relation}`);
    }
  }
  const reached = reach(wanted, present);
  for (const one of present) if (!reached.has(one)) faults.push(`${one.name}: nothing needs it`);
  const newest = new Map(world.records.map((record) => [record.name, record]));
  for (const record of newest.values()) {
    const conditions = words(record.relations.installIf);
    if (conditions.length === 0 || !conditions.every(holds)) continue;
    const isThere = present.some(({ name }) => name === record.name);
    const canCome = words(record.relations.depends).every(holds);
    if (!isThere && canCome) faults.push(`${record.name}: did not come by itself`);
  }
  return faults;
}

function presentAfter(world: OpenedWorld, resolution: Resolution): readonly Plain[] {
  const { added, changed, removed } = resolution;
  const gone = new Set([...removed, ...changed.map(({ to }) => to.name)]);
  const records = new Map(
    world.records.map((record) => [`${record.name} ${record.version}`, record]),
  );
  const fresh = [...added, ...changed.map(({ to }) => to)].flatMap(({ name, version }) => {
    const record = records.get(`${name} ${version}`);
    return record === undefined ? [] : [record];
  });
  return [...world.installed.filter(({ name }) => !gone.has(name)), ...fresh];
}

/** From the world down, by anything that provides what is asked, and up again to what comes by itself; until nothing new comes. */
function reach(wanted: readonly string[], present: readonly Plain[]): ReadonlySet<Plain> {
  const reached = new Set<Plain>();
  let asked = new Set(wanted.map(nameOf));
  for (let before = -1; before !== reached.size + asked.size;) {
    before = reached.size + asked.size;
    for (const one of present) {
      const conditions = words(one.relations?.installIf);
      const comes = conditions.length > 0 && conditions.every((word) => isHeld(word, [...reached]));
      if (comes || offersOf(one).some(({ name }) => asked.has(name))) reached.add(one);
    }
    const needs = [...reached].flatMap(({ relations }) => words(relations?.depends));
    asked = new Set([...asked, ...needs.filter((word) => !word.startsWith("!")).map(nameOf)]);
  }
  return reached;
}

function isHeld(relation: string, present: readonly Plain[]): boolean {
  const isConflict = relation.startsWith("!");
  const name = nameOf(relation);
  const [, operator = "", version = ""] = /([<>=~]+)(.*)$/.exec(relation) ?? [];
  const isThere = present
    .flatMap(offersOf)
    .some((offer) => offer.name === name && passes(offer.version, operator, version));
  return isThere !== isConflict;
}

function passes(found: string | null, operator: string, version: string): boolean {
  if (operator === "") return true;
  if (found === null) return false;
  if (operator === "~") return found === version || /^[.\-_~a-z]/.test(found.slice(version.length));
  const order = Math.sign(compareApkVersions(found, version));
  return operator.includes(order < 0 ? "<" : order > 0 ? ">" : "=");
}

function offersOf({
  name,
  version,
  relations,
}: Plain): readonly { name: string; version: string | null }[] {
  const provided = words(relations?.provides).map((word) => {
    const [own = "", given = null] = word.split("=", 2);
    return { name: own, version: given };
  });
  return [{ name, version }, ...provided];
}

function nameOf(relation: string): string {
  return relation.replace(/^!/, "").replace(/[<>=~@].*$/, "");
}

function words(text: string | undefined): readonly string[] {
  return (text ?? "").split(" ").filter((word) => word !== "");
}
