import { sha256 } from "../made-images.ts";
import type { Expected } from "./expected.ts";
import {
  cutAfter,
  flipByte,
  htmlPage,
  lieAboutLength,
  notHttp,
  otherBytes,
  otherDigest,
  redirectLoop,
  stallAfter,
  statusOnly,
  tooManyRequests,
  withHeader,
  type Fault,
  type FaultRule,
} from "./faults.ts";

/** Far enough that it counts as getting on. Bytes. */
export const farBytes = 150_000;

export interface BlobRow {
  readonly name: string;
  readonly rules: readonly Omit<FaultRule, "path">[];
  readonly expected: Expected;
  /**
   * From where it was asked for, in order; null: not looked at. `on`: behind what came before, how far is the system's to say,
   * as an error may overtake bytes that were there.
   */
  readonly from: readonly ("start" | "on")[] | null;
  /** Waits until nothing comes: shown once. */
  readonly isSlow?: boolean;
}

/** Meets every request for the blob. */
export const each = (fault: Fault): BlobRow["rules"] => [{ fault }];
/** Meets the first of them, or so many. */
export const once = (fault: Fault, times = 1): BlobRow["rules"] => [{ fault, times }];

/** The faults of a blob and what comes of each. Rules that come one after another are taken up in turn. */
export const blobRows: readonly BlobRow[] = [
  { name: "cut once", rules: once(cutAfter(farBytes)), expected: "found", from: ["start", "on"] },
  {
    name: "cut each time, but further on",
    rules: once(cutAfter(100_000), 3),
    expected: "found",
    from: ["start", "on", "on", "on"],
  },
  {
    name: "cut each time before anything came",
    rules: each(cutAfter(0)),
    expected: ["unreachable", /closed before the end|not as long as it says/],
    from: ["start", "start", "start", "start", "start"],
  },
  {
    name: "reset in the middle",
    rules: once(cutAfter(farBytes, "reset")),
    expected: "found",
    from: null,
  },
  {
    name: "stalled in the middle, once",
    rules: once(stallAfter(farBytes)),
    expected: "found",
    from: ["start", "on"],
    isSlow: true,
  },
  {
    name: "stalled in the middle each time",
    rules: each(stallAfter(10)),
    expected: ["unreachable", /stopped in the middle/],
    from: ["start", "on", "on", "on", "on"],
    isSlow: true,
  },
  {
    name: "a length that is too big",
    rules: each(lieAboutLength(5)),
    expected: ["malformed", /descriptor says/],
    from: ["start"],
  },
  {
    name: "a length that is too small",
    rules: each(lieAboutLength(-5)),
    expected: ["malformed", /ends after \d+ of/],
    from: null,
  },
  {
    name: "a length that is too small, once",
    rules: once(lieAboutLength(-5)),
    expected: "found",
    from: ["start", "on"],
  },
  {
    name: "a flipped bit",
    rules: each(flipByte(farBytes)),
    expected: ["malformed", /digest|checksum|sha256|data/],
    from: ["start"],
  },
  {
    name: "a flipped bit after a cut",
    rules: [{ fault: cutAfter(farBytes), times: 1 }, { fault: flipByte(5) }],
    expected: ["malformed", /digest|checksum|sha256|data/],
    from: ["start", "on"],
  },
  {
    name: "other bytes than its digest",
    rules: each(otherBytes("{}")),
    expected: ["malformed", /ends after \d+ of/],
    from: null,
  },
  {
    name: "a digest of something else in its header",
    rules: each(otherDigest(sha256(""))),
    expected: "found",
    from: ["start"],
  },
  {
    name: "429 twice",
    rules: once(tooManyRequests("1"), 2),
    expected: "found",
    from: ["start", "start", "start"],
  },
  {
    name: "429 in the middle",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      { fault: tooManyRequests("1"), times: 2 },
    ],
    expected: "found",
    from: ["start", "on", "on", "on"],
  },
  {
    name: "503 for ever",
    rules: each(statusOnly(503)),
    expected: ["unreachable", /503.*6 times/],
    from: ["start", "start", "start", "start", "start", "start"],
  },
  {
    name: "404 in the middle",
    rules: [{ fault: cutAfter(farBytes), times: 1 }, { fault: statusOnly(404) }],
    expected: ["not-found", /^/],
    from: ["start", "on"],
  },
  {
    name: "a loop",
    rules: each(redirectLoop),
    expected: ["malformed", /sends on more than 10/],
    from: null,
  },
  {
    name: "a range ignored on resume",
    rules: [{ fault: cutAfter(farBytes), times: 1 }, { fault: { kind: "ignore-range" } }],
    expected: "found",
    from: ["start", "on"],
  },
  {
    name: "another range than was asked for on resume",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      {
        fault: withHeader("content-range", `bytes ${farBytes + 7}-299999/300000`),

        times: 1,
      },
    ],
    expected: ["malformed", /descriptor says/],
    from: ["start", "on"],
  },
  {
    name: "a range that starts later than was asked for",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      { fault: withHeader("content-range", `bytes ${farBytes + 7}-299999/*`), times: 1 },
    ],
    expected: "found",
    from: ["start", "on", "start"],
  },
  {
    name: "bytes from the start said to be from the middle",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      {
        fault: {
          kind: "change",
          body: (body) => Buffer.alloc(body.byteLength, 1),
        },
      },
    ],
    expected: ["malformed", /digest|checksum|sha256|data/],
    from: ["start", "on"],
  },
  {
    name: "no part of that range (416) on resume, once",
    rules: [
      { fault: cutAfter(farBytes), times: 1 },
      { fault: statusOnly(416), times: 1 },
    ],
    expected: "found",
    from: ["start", "on", "start"],
  },
  { name: "a reset", rules: once({ kind: "reset" }), expected: "found", from: ["start", "start"] },
  {
    name: "no HTTP",
    rules: each(notHttp),
    expected: ["malformed", /no HTTP/],
    from: null,
  },
  {
    name: "a web page",
    rules: each(htmlPage),
    expected: ["malformed", /web page|ends after/],
    from: null,
  },
  {
    name: "no length, chunks",
    rules: each({ kind: "chunked", isCut: false }),
    expected: "found",
    from: ["start"],
  },
  {
    name: "no length, chunks without their end",
    rules: each({ kind: "chunked", isCut: true }),
    expected: "found",
    from: null,
  },
  {
    name: "a head byte by byte",
    rules: each({ kind: "dribble", what: "head" }),
    expected: ["unreachable", /did not begin to answer/],
    from: ["start", "start"],
    isSlow: true,
  },
];
