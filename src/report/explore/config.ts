import type { DescribedConfig, Healthcheck } from "../../explore/config/run-config.ts";
import { shortForm } from "./short-form.ts";
import { nameWords, type NameStyle } from "./name-words.ts";

/** Cells of the names of fields. */
const nameCells = 13;

/** With what containers of an image are started, a field a line; lists have a line each. Ends in a line end. */
export function renderConfig(config: DescribedConfig, style: NameStyle): string {
  const { env, ports, volumes, labels, onBuild } = config;
  const fields: readonly (readonly [string, readonly string[]])[] = [
    ["Platform", [config.platform ?? "not said"]],
    ["Digest", [config.digest ?? "not known"]],
    ["Created", [config.created ?? "not said"]],
    ["Author", optional(config.author)],
    ["User", [config.user === "" ? "root (none is set)" : config.user]],
    ["Entrypoint", [shortForm(config.entrypoint) ?? "none"]],
    ["Cmd", [shortForm(config.cmd) ?? "none"]],
    ["Directory", [config.workingDir || "/"]],
    ["Environment", env.length === 0 ? ["none"] : env],
    ["Ports", ports],
    ["Volumes", volumes],
    ["Stop signal", optional(config.stopSignal)],
    ["Healthcheck", config.healthcheck === null ? [] : healthWords(config.healthcheck)],
    ["Shell", optional(shortForm(config.shell))],
    ["On build", onBuild],
    ["Labels", Object.entries(labels).map(([name, value]) => `${name}=${value}`)],
    ["Layers", [String(config.layers)]],
  ];
  const lines = fields.flatMap(([name, values]) =>
    values.map((value, at) => (at === 0 ? name : "").padEnd(nameCells) + oneLine(value, style)),
  );
  return lines.map((line) => `${line}\n`).join("");
}

const optional = (text: string | null): readonly string[] => (text === null ? [] : [text]);

/** A value with line ends in it would look like several. */
const oneLine = (text: string, style: NameStyle): string =>
  nameWords(text, style).replaceAll("\n", "\\n");

/** Source: Docker's defaults, Dockerfile reference, HEALTHCHECK. */
function healthWords(healthcheck: Healthcheck): readonly string[] {
  const { test, intervalNs, timeoutNs, startPeriodNs, retries } = healthcheck;
  const seconds = (name: string, ns: number | null): readonly string[] =>
    ns === null ? [] : [`${name} ${ns / 1e9} s`];
  const when = [
    ...seconds("every", intervalNs),
    ...seconds("timeout", timeoutNs),
    ...seconds("start period", startPeriodNs),
    ...(retries === null ? [] : [`${retries} retries`]),
  ];
  return [shortForm(test) ?? "none", ...(when.length === 0 ? [] : [when.join(", ")])];
}
