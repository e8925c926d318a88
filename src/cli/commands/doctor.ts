import { readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { readVersion } from "../../answer/version.ts";
import { revisions } from "../../image/readers/revisions.ts";
import { openImages } from "../../image/sources/open-images.ts";
import { doctorLines, hasProblem, renderDoctor, renderDoctorJson } from "../../report/doctor.ts";
import type { DoctorFacts, ImageFact } from "../../report/doctor.ts";
import { parseArguments, UsageError, type OptionSpec, type ParsedArguments } from "../arguments.ts";
import type { Command } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderHelp, type HelpText } from "../help.ts";
import { isColored, type CliIo } from "../io.ts";
import { registryOverrides } from "../open-remote.ts";
import { askedPlatforms } from "../read-platform.ts";
import { noSettings } from "../read-settings.ts";
import { openSession, sessionOptions, type Session } from "../session.ts";
import { writeUsage } from "../write-problem.ts";

const options: readonly OptionSpec[] = [
  {
    name: "platform",
    value: "OS/ARCH[/VARIANT]",
    isMultiple: true,
    kind: "platform",
    help: "which platform of REF",
  },
  { name: "json", help: "one JSON document; its schema is in schema/" },
  ...sessionOptions,
  { name: "help", short: "h", help: "this text" },
];

const help: HelpText = {
  usage: ["fromage doctor [REF] [options]"],
  about:
    "Looks at what images are reached with: settings, cache, engines, sandbox, registries and their mirrors, logins, proxies. With REF it is also opened, down to its manifest.",
  options,
  more: [
    "Passwords and tokens are not shown; no credential helper is run unless REF needs it.",
    "Exit code: 0 nothing stands in the way; 1 something does, marked !!; 2 bad usage; 130 interrupted.",
  ],
  examples: [
    ["fromage doctor", "everything at a glance"],
    ["fromage doctor registry:ghcr.io/owner/app:1", "why an image cannot be reached"],
    ["fromage doctor --json | jq '.checks[] | select(.state == \"problem\")'", "for a script"],
  ],
};

export const command: Command = {
  words: { options, positionals: ["reference"] },
  async run(args, io) {
    try {
      return await runDoctor(args, io);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return writeUsage(io, "doctor", error);
    }
  },
};

async function runDoctor(args: readonly string[], io: CliIo): Promise<number> {
  const parsed = parseArguments(args, { options, maxPositionals: 1 });
  if (parsed.has("help")) {
    io.stdout.write(renderHelp(help, io.columns));
    return exitCodes.yes;
  }
  const session = openSession(parsed, io);
  try {
    const facts = await readFacts(parsed, io, session);
    if (io.signal.aborted) return exitCodes.interrupted;
    io.stdout.write(
      parsed.has("json")
        ? renderDoctorJson(facts)
        : renderDoctor(facts, { columns: io.columns, color: isColored(io) }),
    );
    return hasProblem(doctorLines(facts)) ? exitCodes.no : exitCodes.yes;
  } finally {
    session.close();
  }
}

async function readFacts(args: ParsedArguments, io: CliIo, session: Session): Promise<DoctorFacts> {
  const { readMachineFacts } = await import("../../image/remote/machine-facts.ts");
  const { env, signal } = io;
  const [reference] = args.positionals;
  return {
    tool: readVersion(),
    node: process.versions.node,
    system: `${process.platform}/${process.arch}`,
    settingsFiles: (io.settings ?? noSettings).files,
    cache: await readCacheFacts(session, io),
    sandbox: {
      bubblewrap: await findBubblewrap(env),
      userNamespaces: areUserNamespacesOpen(),
    },
    machine: await readMachineFacts({
      env,
      home: env["HOME"] || homedir(),
      userId: process.getuid?.() ?? null,
      isOffline: session.isOffline,
      overrides: registryOverrides(io),
      signal,
    }),
    image: reference === undefined ? null : await openImage(reference, args, { io, session }),
  };
}

/** What was kept, and whether something can be: a file is put there and taken away again. */
async function readCacheFacts({ cacheFolder }: Session, io: CliIo): Promise<DoctorFacts["cache"]> {
  if (cacheFolder === null) return { folder: "--no-cache", sizeBytes: null, problem: null };
  const { listCache } = await import("../../image/cache/list-cache.ts");
  const { writeWhole } = await import("../../image/cache/cache-file.ts");
  const { systemFailure } = await import("../../image/system-failure.ts");
  const { revisionsOf } = await import("../../image/cache/section-revisions.ts");
  const contents = listCache(cacheFolder, {
    revisions: revisionsOf(revisions),
    now: () => io.now(),
  });
  if (!contents.ok) return { folder: cacheFolder, sizeBytes: null, problem: contents.failure };
  const { isThere, items } = contents.value;
  const sizeBytes = isThere ? items.reduce((sum, item) => sum + item.sizeBytes, 0) : null;
  if (!isThere) return { folder: cacheFolder, sizeBytes, problem: null };
  try {
    const file = `${cacheFolder}/doctor-${process.pid}`;
    writeWhole(file, new Uint8Array());
    rmSync(file);
    return { folder: cacheFolder, sizeBytes, problem: null };
  } catch (error) {
    return { folder: cacheFolder, sizeBytes, problem: systemFailure(error, cacheFolder, null) };
  }
}

async function findBubblewrap(env: CliIo["env"]): Promise<string | null> {
  const { findProgram } = await import("../../image/registry/credentials/run-helper.ts");
  return findProgram("bwrap", env);
}

/**
 * Null where the kernel does not say. Sources: Debian's kernel.unprivileged_userns_clone; Ubuntu's
 * kernel.apparmor_restrict_unprivileged_userns; user_namespaces(7), max_user_namespaces.
 */
function areUserNamespacesOpen(): boolean | null {
  const most = readNumber("/proc/sys/user/max_user_namespaces");
  if (most === null) return null;
  if (process.getuid?.() === 0) return most > 0;
  const isClosed =
    readNumber("/proc/sys/kernel/unprivileged_userns_clone") === 0 ||
    readNumber("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === 1;
  return most > 0 && !isClosed;
}

function readNumber(file: string): number | null {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    // No such setting in this kernel.
    return null;
  }
}

async function openImage(
  reference: string,
  args: ParsedArguments,
  { io, session }: { readonly io: CliIo; readonly session: Session },
): Promise<ImageFact> {
  const { remote, temporaryFolder } = session;
  const { cwd, signal } = io;
  const platforms = askedPlatforms(args, io);
  const opened = await openImages(reference, { cwd, platforms, temporaryFolder, remote, signal });
  if (!opened.ok) return { reference, failure: opened.failure };
  const [image] = opened.value;
  const origin = image?.origin ?? "a file of this machine";
  return { reference, origin, digest: image?.manifestDigest ?? null };
}
