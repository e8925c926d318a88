import { failed, type Failure, type Result } from "../../../model/failure.ts";
import type { Channel } from "./channel.ts";

/** Whether a mirror is meant for what is asked. Source: containers-registries.conf(5), pull-from-mirror. */
export function servedBy(channels: readonly Channel[], by: "tag" | "digest"): readonly Channel[] {
  const other = by === "tag" ? "digest-only" : "tag-only";
  return channels.filter(({ endpoint }) => endpoint.serves !== other);
}

/** What came from which endpoint. */
export interface Served<Value> {
  readonly value: Value;
  readonly channel: Channel;
}

/**
 * Asks one after another until one has it: mirrors stand before the registry, whose answer counts, whatever it is. The failure
 * of the last tells what the ones before it said.
 */
export async function inOrder<Value>(
  channels: readonly Channel[],
  what: string,
  ask: (channel: Channel) => Promise<Result<Value>>,
): Promise<Result<Served<Value>>> {
  const tried: Failure[] = [];
  for (const channel of channels) {
    const result = await ask(channel);
    if (result.ok) return { ok: true, value: { value: result.value, channel } };
    if (result.failure.kind === "cancelled") return result;
    tried.push(result.failure);
  }
  const last = tried.pop();
  const reason = "no mirror and no registry is there to be asked for it";
  if (last === undefined) return failed({ kind: "unsupported", what, where: null, reason });
  return failed(withTried(last, tried));
}

/** A failure of the registry, with what its mirrors said before. */
export function withTried(last: Failure, before: readonly Failure[]): Failure {
  if (before.length === 0 || last.kind === "cancelled") return last;
  const told = `asked before it: ${before.map(briefly).join("; ")}`;
  if ("reason" in last) return { ...last, reason: `${last.reason}; ${told}` };
  return { ...last, where: `${last.where ?? "the registry"} (${told})` };
}

function briefly(failure: Failure): string {
  const place = failure.where ?? "one";
  if ("reason" in failure) return `${place}: ${failure.reason}`;
  return `${place}: ${failure.kind === "over-limit" ? `too much for ${failure.budget}` : "not there"}`;
}
