import type { Failure } from "../model/failure.ts";
import { clean } from "./clean.ts";
import { formatBytes } from "./amounts.ts";

/** Longest reason that is printed: it may come from a parser or a server. Characters. */
const maxReason = 300;

/** Names that are listed: an official image is for eight platforms. */
const maxNear = 10;

/** `Cannot <do what> <to what>: <what was found, what was expected>`, in one line without a final stop. */
export function describeFailure(failure: Failure): string {
  const { what, where } = failure;
  const name = clean(what);
  const place = where === null || where === what ? "" : ` in ${clean(where)}`;
  switch (failure.kind) {
    case "not-found": {
      const near = failure.near.slice(0, maxNear).map((one) => clean(one));
      const more =
        failure.near.length > maxNear ? `, and ${failure.near.length - maxNear} more` : "";
      const hint = near.length === 0 ? "" : `, the nearest: ${near.join(", ")}${more}`;
      return `Cannot find ${name}${place}: there is none${hint}`;
    }
    case "denied":
      return `Cannot open ${name}${place}: ${reasonOf(failure.reason)}`;
    case "unreachable":
      return `Cannot reach ${name}${place}: ${reasonOf(failure.reason)}`;
    case "malformed": {
      const { format, offsetBytes } = failure;
      const at = offsetBytes === null ? "" : ` at byte ${offsetBytes}`;
      return `Cannot read ${name}${place} as ${clean(format)}: ${reasonOf(failure.reason)}${at}`;
    }
    case "unsupported":
      return `Cannot use ${name}${place}: ${reasonOf(failure.reason)}`;
    case "over-limit": {
      const { budget, limit, unit } = failure;
      const most = formatLimit(limit, unit);
      return `Cannot read all of ${name}${place}: more than ${most}, the limit for ${clean(budget)}`;
    }
    case "cancelled":
      return `Cannot finish ${name}${place}: it was interrupted`;
  }
}

function reasonOf(reason: string): string {
  return clean(reason, maxReason).replace(/\.$/, "");
}

function formatLimit(
  limit: number,
  unit: Extract<Failure, { kind: "over-limit" }>["unit"],
): string {
  switch (unit) {
    case "bytes":
      return formatBytes(limit);
    case "entries":
      return `${limit} entries`;
    case "levels":
      return `${limit} levels`;
    case "ms":
      return `${limit} ms`;
    case "ratio":
      return `${limit} times the compressed size`;
  }
}
