import type { EngineFact, MachineFacts, StoreFact } from "../image/remote/machine-facts.ts";
import type { CredentialPlace } from "../image/registry/credentials/describe-place.ts";
import type { CredentialProblem } from "../image/registry/credentials/credential-problem.ts";
import type { Failure } from "../model/failure.ts";
import { formatBytes } from "./amounts.ts";
import { clean } from "./clean.ts";
import { describeFailure } from "./failure-words.ts";
import { writeJson } from "./json.ts";
import { paint, wrap, type Style } from "./layout.ts";

/** All that `fromage doctor` looked at. */
export interface DoctorFacts {
  readonly tool: string;
  readonly node: string;
  /** `linux/x64`. */
  readonly system: string;
  /** Files of settings that count, the one that wins last. */
  readonly settingsFiles: readonly string[];
  readonly cache: {
    readonly folder: string;
    /** Null where the folder is not there yet. */
    readonly sizeBytes: number | null;
    /** Why it cannot be written or read; null while all is well. */
    readonly problem: Failure | null;
  };
  /** What trials can run in; each null where it is not there. */
  readonly sandbox: { readonly bubblewrap: string | null; readonly userNamespaces: boolean | null };
  readonly machine: MachineFacts;
  /** The image that was asked for; null when none was. */
  readonly image: ImageFact | null;
}

export type ImageFact =
  | { readonly reference: string; readonly origin: string; readonly digest: string | null }
  | { readonly reference: string; readonly failure: Failure };

type State = "ok" | "none" | "problem";

/** One line: an area, how it is, and why. */
export interface DoctorLine {
  readonly area:
    | "fromage"
    | "settings"
    | "cache"
    | "engine"
    | "containerd"
    | "sandbox"
    | "registries"
    | "mirror"
    | "login"
    | "proxy"
    | "image";
  readonly state: State;
  readonly text: string;
}

/** One line for everything that was looked at, in the order of the areas. `problem` is what stands in the way of something. */
export function doctorLines(facts: DoctorFacts): readonly DoctorLine[] {
  const { machine } = facts;
  return [
    { area: "fromage", state: "ok", text: `${facts.tool} on Node ${facts.node}, ${facts.system}` },
    ...settingsLines(facts.settingsFiles),
    cacheLine(facts.cache),
    ...engineLines(machine.engines),
    ...machine.stores.map(storeLine),
    sandboxLine(facts.sandbox),
    ...registryLines(machine.registries),
    ...loginLines(machine.logins),
    ...proxyLines(machine.proxies),
    ...(facts.image === null ? [] : [imageLine(facts.image)]),
  ];
}

function problemLine(area: DoctorLine["area"], failure: Failure): DoctorLine {
  return { area, state: "problem", text: describeFailure(failure) };
}

function settingsLines(files: readonly string[]): readonly DoctorLine[] {
  if (files.length === 0) return [{ area: "settings", state: "none", text: "no fromage.yaml" }];
  return files.map((text) => ({ area: "settings", state: "ok", text }));
}

function cacheLine({ folder, sizeBytes, problem }: DoctorFacts["cache"]): DoctorLine {
  if (problem !== null) return problemLine("cache", problem);
  const amount = sizeBytes === null ? "not there yet" : formatBytes(sizeBytes);
  return { area: "cache", state: "ok", text: `${folder}, ${amount}` };
}

function engineLines(engines: readonly EngineFact[]): readonly DoctorLine[] {
  if (engines.length === 0) {
    const text =
      "none: no socket of Docker or Podman is there, and neither DOCKER_HOST, a context nor CONTAINER_HOST names one";
    return [{ area: "engine", state: "none", text }];
  }
  return engines.map(({ address, why, answer }) => {
    if (answer === null) return { area: "engine", state: "none", text: `${address}: not asked` };
    if (!answer.ok) return problemLine("engine", answer.failure);
    return { area: "engine", state: "ok", text: `${answer.value} (${why})` };
  });
}

function storeLine({ root, names }: StoreFact): DoctorLine {
  if (names.ok) {
    return { area: "containerd", state: "ok", text: `${root}, names of images: ${names.value}` };
  }
  // Closed to all but root, or of an engine that does not keep images there: nothing to be mended.
  return { area: "containerd", state: "none", text: describeFailure(names.failure) };
}

function sandboxLine({ bubblewrap, userNamespaces }: DoctorFacts["sandbox"]): DoctorLine {
  if (bubblewrap === null) {
    return { area: "sandbox", state: "none", text: "bubblewrap (bwrap) is not installed" };
  }
  const spaces = {
    true: "user namespaces are open to this user",
    false: "user namespaces are closed to this user",
    null: "whether user namespaces are open is not known",
  }[`${userNamespaces}`];
  const state = userNamespaces === false ? "problem" : "ok";
  return { area: "sandbox", state, text: `${bubblewrap}; ${spaces}` };
}

function registryLines(registries: MachineFacts["registries"]): readonly DoctorLine[] {
  const { sources, mirrors, problems } = registries;
  const text = sources.length === 0 ? "no settings of Docker or Podman" : sources.join(", ");
  return [
    { area: "registries", state: sources.length === 0 ? "none" : "ok", text },
    ...mirrors.map(({ registry, mirror, source }): DoctorLine => ({
      area: "mirror",
      state: "ok",
      text: `${registry} is asked for at ${mirror} first (${source})`,
    })),
    ...problems.map((problem) => problemLine("registries", problem)),
  ];
}

function loginLines(places: readonly CredentialPlace[]): readonly DoctorLine[] {
  const lines = places.flatMap(({ source, isThere, keys, helpers, problems }) => {
    const found: DoctorLine[] = [];
    if (isThere && keys.length > 0) {
      found.push({ area: "login", state: "ok", text: `${source}: ${keys.join(", ")}` });
    }
    for (const helper of helpers) {
      const hosts = helper.keys === null ? "every registry" : helper.keys.join(", ");
      const state = helper.isInstalled ? "ok" : "problem";
      const absent = helper.isInstalled ? "" : ", and is not on PATH";
      found.push({
        area: "login",
        state,
        text: `${source}: ${helper.program} is asked for ${hosts}${absent}`,
      });
    }
    return [...found, ...problems.map(loginProblem)];
  });
  if (lines.length > 0) return lines;
  return [{ area: "login", state: "none", text: "none: registries are asked anonymously" }];
}

function loginProblem(problem: CredentialProblem): DoctorLine {
  if (problem.kind !== "readable-by-others") return problemLine("login", problem);
  const mode = problem.mode.toString(8);
  const text = `${problem.what} holds logins and can be read by others (mode ${mode}); chmod 600 closes it`;
  return { area: "login", state: "problem", text };
}

function proxyLines({ https, http, problems }: MachineFacts["proxies"]): readonly DoctorLine[] {
  const wrong = problems.map((problem) => problemLine("proxy", problem));
  if (https === null && http === null) {
    return [
      { area: "proxy", state: "none", text: "none: registries are asked directly" },
      ...wrong,
    ];
  }
  const words = [
    https === null ? "https directly" : `https by ${https}`,
    http === null ? "http directly" : `http by ${http}`,
  ];
  return [{ area: "proxy", state: "ok", text: words.join(", ") }, ...wrong];
}

function imageLine(image: ImageFact): DoctorLine {
  if ("failure" in image) return problemLine("image", image.failure);
  const { reference, origin, digest } = image;
  const end = digest === null ? "" : `, ${digest}`;
  return { area: "image", state: "ok", text: `${reference} from ${origin}${end}` };
}

const styles: Readonly<Record<State, Style>> = { ok: "good", none: "faint", problem: "bad" };
const marks: Readonly<Record<State, string>> = { ok: "ok", none: "-", problem: "!!" };

/** Ends in a line end. */
export function renderDoctor(
  facts: DoctorFacts,
  { columns, color }: { readonly columns: number; readonly color: boolean },
): string {
  const lines = doctorLines(facts).flatMap(({ area, state, text }) => {
    const [first = "", ...rest] = wrap(clean(text, 1000), columns - 16, "");
    const mark = paint(marks[state].padEnd(3), styles[state], color);
    const more = rest.map((line) => `${" ".repeat(16)}${line.trimStart()}`);
    return [`${mark} ${area.padEnd(11)} ${first}`, ...more];
  });
  return `${lines.join("\n")}\n`;
}

/** `fromage doctor --json`, schema/doctor@1.json. */
export function renderDoctorJson(facts: DoctorFacts): string {
  const lines = doctorLines(facts);
  return writeJson({
    schema: "fromage/doctor@1",
    tool: facts.tool,
    isWell: !hasProblem(lines),
    checks: lines.map(({ area, state, text }) => ({ area, state, text })),
  });
}

export function hasProblem(lines: readonly DoctorLine[]): boolean {
  return lines.some(({ state }) => state === "problem");
}
