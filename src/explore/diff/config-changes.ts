import { readRunConfig } from "../config/run-config.ts";
import type { View } from "../open-view.ts";
import { viewPlatform } from "../view-platform.ts";

type Side = Pick<View, "image" | "base">;

/** A part of the config that is not the same in both. */
export interface ConfigChange {
  readonly kind: "added" | "removed" | "changed";
  /** `user`, `env PATH`, `label org.opencontainers.image.version`, `port 80/tcp`. */
  readonly field: string;
  /** As text, a list as JSON; null where it is not there. */
  readonly before: string | null;
  readonly after: string | null;
}

/** Compares with what containers of two images are started. In the order of the fields, then by name. Pure. */
export function findConfigChanges(before: Side, after: Side): readonly ConfigChange[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((field) => {
    const [old = null, now = null] = [was.get(field), is.get(field)];
    if (old === now) return [];
    const kind = old === null ? "added" : now === null ? "removed" : "changed";
    return [{ kind, field, before: old, after: now } as const];
  });
}

function fieldsOf(side: Side): ReadonlyMap<string, string> {
  const config = readRunConfig(side.image);
  const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
  const fields: readonly (readonly [string, string | null])[] = [
    ["platform", viewPlatform(side)],
    ["user", config.user || null],
    ["entrypoint", text(config.entrypoint)],
    ["cmd", text(config.cmd)],
    ["workdir", config.workingDir || null],
    ["stop signal", config.stopSignal],
    ["healthcheck", text(config.healthcheck)],
    ["shell", text(config.shell)],
    ["on build", config.onBuild.length === 0 ? null : text(config.onBuild)],
    ...config.env.toSorted().map((line): readonly [string, string] => {
      const equals = line.indexOf("=");
      const name = equals < 0 ? line : line.slice(0, equals);
      return [`env ${name}`, line.slice(name.length + 1)];
    }),
    ...config.ports.map((port) => [`port ${port}`, ""] as const),
    ...config.volumes.map((volume) => [`volume ${volume}`, ""] as const),
    ...Object.entries(config.labels).map(([name, value]) => [`label ${name}`, value] as const),
  ];
  return new Map(fields.filter((field): field is [string, string] => field[1] !== null));
}
