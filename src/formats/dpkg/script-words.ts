import type { AlternativeChoice } from "./script-effects.ts";
import type { Diversion } from "./diversions.ts";

/** What a call does: nothing that stays, or `null`, not known. */
export type Call<Effect> = Effect | "nothing" | null;

const alternativeQueries = new Set([
  ..."--remove --remove-all --list --query --display --get-selections --auto --help --version".split(
    " ",
  ),
]);
const withValue = new Set(["--altdir", "--admindir", "--instdir", "--log", "--root"]);

/** The arguments of `update-alternatives`. Source: update-alternatives(1). */
export function readAlternativesCall(args: readonly string[]): Call<AlternativeChoice> {
  const slaves: AlternativeChoice["slaves"][number][] = [];
  let main: Omit<AlternativeChoice, "slaves"> | null = null;
  for (let at = 0; at < args.length; at++) {
    const option = args[at] ?? "";
    if (alternativeQueries.has(option)) return "nothing";
    const [link, name, path, priority] = args.slice(at + 1, at + 5);
    if (option === "--install" && isPlace(link) && isPlace(path) && name !== undefined) {
      if (priority === undefined || !/^-?\d{1,9}$/.test(priority)) return null;
      main = { link, name, path, priority: Number(priority) };
      at += 4;
    } else if (option === "--slave" && isPlace(link) && isPlace(path) && name !== undefined) {
      slaves.push({ link, name, path });
      at += 3;
    } else if (withValue.has(option)) return null;
    else if (!["--quiet", "--verbose", "--force", "--skip-auto"].includes(option)) return null;
  }
  return main === null ? null : { ...main, slaves };
}

/** Absolute and without `..`: a name in a script leads nowhere else than it says. */
function isPlace(path: string | undefined): path is string {
  return path !== undefined && /^(?!.*\/\.\.(?:\/|$))\//s.test(path);
}

const diversionQueries = new Set(["--remove", "--list", "--listpackage", "--truename", "--help"]);

/** The arguments of `dpkg-divert` as the package `by` calls it. Source: dpkg-divert(1). */
export function readDivertCall(args: readonly string[], by: string): Call<Diversion> {
  let [owner, to, from]: [string | null, string | null, string | null] = [by, null, null];
  let isRenamed = false;
  for (let at = 0; at < args.length; at++) {
    const option = args[at] ?? "";
    if (diversionQueries.has(option)) return "nothing";
    if (option === "--package") owner = args[++at] ?? null;
    else if (option === "--divert") to = args[++at] ?? null;
    else if (option === "--local") owner = null;
    else if (option.startsWith("/")) from = option;
    else if (option === "--rename") isRenamed = true;
    else if (!["--add", "--quiet"].includes(option)) return null;
  }
  // Without it a file that is there stays under its name, and what becomes of it is for the script to say.
  if (from === null || !isRenamed) return null;
  const diversion = { from, to: to ?? `${from}.distrib`, by: owner };
  return isPlace(from) && isPlace(diversion.to) ? diversion : null;
}
