import { failed, type Result } from "../../../model/failure.ts";
import type { Clock } from "./clock.ts";
import { readErrorMessage } from "./read-body.ts";
import { follow, type FollowedRequest } from "./redirects.ts";
import { pauseBefore, retryAfterMs, triesFor, type RetryLimits } from "./retry.ts";
import type { Answer, HttpTransport } from "./transport.ts";
import { interrupted, trouble, type Trouble } from "./trouble.ts";

/** What requests go out through. */
export interface Wire {
  readonly transport: HttpTransport;
  readonly clock: Clock;
  /** Told before each pause. */
  readonly onPause?: OnPause;
}

/** A host is not asked again before that time is over; `why` is what it answered, or why it did not. */
export type OnPause = (host: string, why: string, pauseMs: number) => void;

/**
 * Sends a request until there is an answer that stands, within the limits: other statuses than "later" and "broken" stand,
 * refusals included. An answer that stayed "later" is `unreachable`.
 */
export async function persist(
  { transport, clock, onPause }: Wire,
  request: FollowedRequest,
  limits: RetryLimits,
): Promise<Result<Answer, Trouble>> {
  // A token is asked for without a signal of its own; a pause must not keep the process from its end.
  const signal = transport.untilClosed(request.signal);
  let waitedMs = 0;
  for (let attempt = 1; ; attempt++) {
    const sent = await follow(transport, request);
    const tries = sent.ok ? triesFor(sent.value.status) : sent.failure.tries;
    if (tries === 1) return sent;
    const wantedMs = sent.ok ? retryAfterMs(sent.value.headers, clock.now()) : null;
    const pauseMs = Math.max(wantedMs ?? 0, pauseBefore(attempt + 1, clock));
    if (attempt >= Math.min(tries, limits.tries) || waitedMs + pauseMs > limits.waitMs) {
      return sent.ok ? giveUp(sent.value, attempt, wantedMs) : failed(again(sent.failure, attempt));
    }
    if (sent.ok) sent.value.body.discard();
    onPause?.(request.url.host, sent.ok ? describe(sent.value) : sent.failure.reason, pauseMs);
    await clock.sleep(pauseMs, signal);
    if (signal.aborted) return failed(interrupted);
    waitedMs += pauseMs;
  }
}

function again(why: Trouble, times: number): Trouble {
  return times === 1 ? why : { ...why, reason: `${why.reason}, ${times} times` };
}

const names: Readonly<Record<number, string>> = {
  408: "request timeout",
  429: "too many requests",
  500: "internal error",
  502: "bad gateway",
  503: "not available",
  504: "gateway timeout",
};

function describe({ status }: Answer): string {
  return `it answered ${status} (${names[status] ?? "error"})`;
}

async function giveUp(
  answer: Answer,
  times: number,
  wantedMs: number | null,
): Promise<Result<Answer, Trouble>> {
  const message = await readErrorMessage(answer);
  const often = times === 1 ? "" : ` ${times} times`;
  const wait = wantedMs === null ? "" : ` and asks to wait ${Math.ceil(wantedMs / 1000)} s`;
  const said = message === "" ? "" : `: ${message}`;
  const reason = `${describe(answer)}${often}${wait}${said}`;
  return failed(trouble("unreachable", reason, { isAnswered: true }));
}
