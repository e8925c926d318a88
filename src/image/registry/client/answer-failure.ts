import type { Failure } from "../../../model/failure.ts";
import { mediaTypeOf } from "./headers.ts";
import { readErrorMessage } from "./read-body.ts";
import type { Answer } from "./transport.ts";
import { failureOf, trouble, type Subject } from "./trouble.ts";

/** Why an answer that is no success gives nothing. Reads its body. `how` says how it was asked: with which login. */
export async function answerFailure(
  answer: Answer,
  subject: Subject,
  how: string,
): Promise<Failure> {
  const said = await readErrorMessage(answer);
  const { status, url } = answer;
  const more = said === "" ? "" : `: ${said}`;
  const isElsewhere = url.host !== subject.where;
  if (isElsewhere) {
    const reason = `it sends on to ${url.host}, which answered ${status}${more}`;
    return failureOf(trouble(isRefusal(status) ? "denied" : "unreachable", reason), subject);
  }
  if (isRefusal(status)) {
    // Registries do not tell which: a name would be told by that. docker.io answers 401 to both.
    const either = "there is none of that name, or it is private";
    return failureOf(trouble("denied", `${either} (${status}); ${how}${more}`), subject);
  }
  if (status === 404 || status === 410) return { kind: "not-found", ...subject, near: [] };
  if (status === 451)
    return failureOf(trouble("denied", `for legal reasons (451)${more}`), subject);
  if (isWebPage(answer) && said === "") {
    return failureOf(trouble("unreachable", `it answered ${status} with ${webPage}`), subject);
  }
  return failureOf(
    trouble("unreachable", `it answered ${status}${speaksTls(answer)}${more}`),
    subject,
  );
}

function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 407;
}

/** What networks with a sign-in page, proxies and hosts without a registry answer. */
export function isWebPage({ headers }: Pick<Answer, "headers">): boolean {
  return /html/.test(mediaTypeOf(headers));
}

export const webPage =
  "a web page: no registry is there, or a sign-in page or a proxy of this network stands between";

/** Go's and nginx's servers answer so to plain http on a port for TLS. */
function speaksTls({ status, url }: Answer): string {
  return status === 400 && url.protocol === "http:" ? " to plain http, it may want https" : "";
}
