import fc, { type Arbitrary } from "fast-check";
import { parseChallenges } from "../../../src/image/registry/client/challenges.ts";
import {
  contentRangeOf,
  countOf,
  mediaTypeOf,
  type Headers,
} from "../../../src/image/registry/client/headers.ts";
import { isHere, nextPage } from "../../../src/image/registry/client/pages.ts";
import { follow } from "../../../src/image/registry/client/redirects.ts";
import type { Answer } from "../../../src/image/registry/client/transport.ts";
import { success } from "../../../src/model/failure.ts";
import type { Family } from "../family.ts";
import { oddLine, textBytes } from "./words.ts";

const partsOf = (...parts: readonly string[]): Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...parts), fc.constantFrom(...parts), oddLine), {
      maxLength: 8,
    })
    .map((all) => all.join(""));
const challenge = partsOf(
  "Bearer ",
  "Basic ",
  'realm="https://x/t"',
  ",",
  'scope="a',
  '\\"',
  "service=",
  "==",
);
const address = partsOf(
  "https://",
  "http://",
  "//",
  "host",
  "other",
  "@",
  ":443",
  "/v2/",
  "a/tags/list?n=1",
  "..",
  "%2e",
);
const link = address.map((one) => `<${one}>; rel="next"`);
const range = partsOf("bytes ", "0-9", "-", "/", "*", "100", "9007199254740993", "999999999999999");
const number = partsOf("0", "12", "-1", "1e3", " ", "9".repeat(15), "9".repeat(16));
const type = partsOf("application/json", ";", " charset=utf-8", "application/", "A/B");

/** One header a line: challenges, links, ranges, lengths, types, then addresses that are sent on to. */
const made = fc
  .tuple(challenge, fc.oneof(link, partsOf("<", ">", ";rel=next", ",")), range, number, type)
  .chain((first) =>
    fc.array(address, { maxLength: 4 }).map((rest) => [...first, ...rest].join("\n")),
  );

const start = new URL("https://host/v2/");
const silent = {
  chunks: async function* () {
    await Promise.resolve();
    yield Buffer.alloc(0);
  },
  discard: () => undefined,
};

/** Follows a host that sends on to these addresses, one after another; a secret must stay with it. */
async function followAll(locations: readonly string[]): Promise<unknown> {
  const seen: string[] = [];
  const transport = {
    async send(request: { readonly url: URL; readonly headers: Readonly<Record<string, string>> }) {
      const { url, headers } = request;
      const hasLeft = seen.some((one) => new URL(one).origin !== start.origin);
      const isSecret = headers["authorization"] !== undefined;
      if (isSecret && (hasLeft || url.origin !== start.origin)) {
        throw new TypeError(`the secret is sent to ${url.href}`);
      }
      if (url.protocol !== "https:") throw new TypeError(`it is asked without TLS: ${url.href}`);
      const location = locations[seen.length];
      seen.push(url.href);
      const status = location === undefined ? 200 : 307;
      const answer: Answer = { status, url, headers: { location }, body: silent };
      return Promise.resolve(success(answer));
    },
  };
  const trust = { verifies: true, authorities: [], client: null };
  const ended = await follow(transport, {
    method: "GET",
    url: start,
    headers: { authorization: "secret" },
    trustOf: () => trust,
    signal: undefined,
  });
  return [seen, ended.ok ? ended.value.status : ended.failure];
}

/** What registries write into headers. */
export const headers: Family = {
  name: "headers",
  made: textBytes(made),
  async read(input) {
    const all = Buffer.from(input).toString("utf8").split("\n");
    const [first = "", second, third, fourth, fifth, ...locations] = all;
    const said: Headers = {
      link: second,
      "content-range": third,
      "content-length": fourth,
      "content-type": fifth,
    };
    const next = nextPage({ headers: said, url: start });
    const isTaken = next !== null && isHere(next, start.host);
    const asked = isTaken ? new URL(`${next.pathname}${next.search}`, start) : null;
    if (asked !== null && (asked.host !== start.host || !asked.pathname.startsWith("/v2/"))) {
      throw new TypeError(`the next page is asked for at ${asked.href}`);
    }
    const range = contentRangeOf(said);
    const count = countOf(said, "content-length");
    for (const bytes of [range.firstByte, range.totalBytes, count]) {
      if (bytes !== null && !Number.isSafeInteger(bytes)) throw new TypeError(`${bytes} bytes`);
    }
    const challenges = parseChallenges(first).map(({ scheme, parameters }) => [scheme, parameters]);
    const sentOn = await followAll(locations.slice(0, 12));
    return [challenges, asked, range, count, mediaTypeOf(said), sentOn];
  },
};
