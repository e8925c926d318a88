import { loadInstalledCatalogue } from "../../catalogue/installed-catalogue.ts";
import type { View } from "../../explore/open-view.ts";
import { parseArguments, UsageError } from "../arguments.ts";
import { exitCodes } from "../exit-codes.ts";
import type { CliIo } from "../io.ts";
import { noSettings, readSettings, SettingsError, type RunSettings } from "../read-settings.ts";
import { openSession, sessionOptions, type Session } from "../session.ts";
import { findVerb, verbs } from "../verbs.ts";
import { complete, type Proposal, type Verbs, type WordSources } from "./complete.ts";
import { isShell } from "./scripts.ts";
import { splitLine } from "./split-line.ts";
import { writeProposals } from "./write-proposals.ts";

/** Longer than this nobody waits for a completion; what has not come by then is not proposed. */
const patienceMs = 1500;

/**
 * `fromage __complete bash LINE` and `fromage __complete zsh|fish -- WORD …`, as the shells' scripts call it: proposals for the last
 * word. Whatever goes wrong, nothing is said and nothing proposed. No registry is asked.
 */
export async function runComplete(args: readonly string[], io: CliIo): Promise<number> {
  const [shell = "", ...rest] = args;
  if (!isShell(shell)) return exitCodes.usage;
  // A line begins with the program's own name.
  const words = shell === "bash" ? splitLine(rest[0] ?? "").slice(1) : rest.slice(1);
  const session = await openQuietly(words, io);
  try {
    const proposals = await complete(words, known, sourcesOf(io, session));
    io.stdout.write(writeProposals(proposals, shell, words.at(-1) ?? ""));
    return exitCodes.yes;
  } finally {
    session.close();
  }
}

/** The run's folders as the line and the settings say them: who works offline is not connected by a tab either. */
async function openQuietly(words: readonly string[], io: CliIo): Promise<Session> {
  const settings = await readQuietly(words, io);
  const isOffline = settings === null || words.includes("--offline");
  const args = parseArguments(isOffline ? ["--offline"] : [], {
    options: sessionOptions,
    maxPositionals: 0,
  });
  const stderr = { write: () => undefined };
  return openSession(args, { ...io, settings: settings ?? noSettings, stderr });
}

/** Null where they cannot be used: that they do not say `offline` is then not known. */
async function readQuietly(words: readonly string[], io: CliIo): Promise<RunSettings | null> {
  try {
    return await readSettings(words, io);
  } catch (error) {
    if (error instanceof UsageError || error instanceof SettingsError) return null;
    throw error;
  }
}

const known: Verbs = {
  names: verbs.map(({ name, about }) => ({ value: name, about })),
  load: async (name) => (await findVerb(name)?.load())?.command.words ?? null,
};

function sourcesOf(io: CliIo, session: Session): WordSources {
  return {
    bases: () => listBases(io),
    imageNames: async () => session.remote.engineNames(AbortSignal.timeout(patienceMs)),
    imagePaths: async (reference, prefix) => {
      const views = await openView(reference, io, session);
      const [view] = views;
      if (view === undefined) return [];
      const { completePaths } = await import("../../explore/complete-paths.ts");
      return completePaths(view, prefix);
    },
  };
}

function listBases({ env }: CliIo): readonly Proposal[] {
  const loaded = loadInstalledCatalogue(env);
  if (!loaded.ok) return [];
  const { bases } = loaded.value.catalogue;
  const about = new Map(bases.map(({ id, reference }) => [id, reference ?? ""]));
  return [...about].map(([value, text]) => ({ value, about: text }));
}

/** Of a file of this machine or a base: an image of a registry would have to be pulled for it. */
async function openView(reference: string, io: CliIo, session: Session): Promise<readonly View[]> {
  const { openViews } = await import("../../explore/open-view.ts");
  const { cache, temporaryFolder } = session;
  const opened = await openViews(reference, {
    platforms: [],
    sections: new Set(),
    cwd: io.cwd,
    ...(cache === null ? {} : { cache }),
    temporaryFolder,
    catalogue: () => loadInstalledCatalogue(io.env),
    signal: AbortSignal.any([io.signal, AbortSignal.timeout(patienceMs)]),
  });
  return opened.ok ? opened.value : [];
}
