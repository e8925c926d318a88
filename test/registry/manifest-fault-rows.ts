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
} from "./faults.ts";

/** A fault of a manifest and what comes of it. */
export interface ManifestRow {
  readonly name: string;
  readonly fault: Fault;
  readonly times?: number;
  readonly manifest: Expected;
  /** Waits until nothing comes: shown once. */
  readonly isSlow?: boolean;
  /** How often the manifest is asked for with it. */
  readonly asked: number;
}

/** The faults of a manifest or config and what comes of each. */
export const manifestRows: readonly ManifestRow[] = [
  { name: "cut once", fault: cutAfter(20), times: 1, manifest: "found", asked: 2 },
  {
    name: "cut every time",
    fault: cutAfter(20),
    manifest: ["unreachable", /closed before the end|not as long as it says/],
    asked: 3,
  },
  {
    name: "reset in the middle, once",
    fault: cutAfter(20, "reset"),
    times: 1,
    manifest: "found",
    asked: 2,
  },
  {
    name: "stalled in the middle",
    fault: stallAfter(20),
    isSlow: true,
    manifest: ["unreachable", /stopped in the middle/],
    asked: 3,
  },
  {
    name: "stalled in the middle, once",
    fault: stallAfter(20),
    isSlow: true,
    times: 1,
    manifest: "found",
    asked: 2,
  },
  {
    name: "a length that is too big",
    fault: lieAboutLength(5),
    manifest: ["unreachable", /closed before the end|not as long as it says/],
    asked: 3,
  },
  {
    name: "a length that is too small",
    fault: lieAboutLength(-5),
    manifest: ["malformed", /its digest is sha256:/],
    asked: 1,
  },
  {
    name: "a flipped bit",
    fault: flipByte(30),
    manifest: ["malformed", /its digest is/],
    asked: 1,
  },
  {
    name: "other bytes than its digest",
    fault: otherBytes('{"schemaVersion":2}'),
    manifest: ["malformed", /its digest is/],
    asked: 1,
  },
  {
    name: "a digest of something else in its header",
    fault: otherDigest(sha256("")),
    manifest: ["malformed", /its digest is sha256:\w+, expected sha256:e3b0c44/],
    asked: 1,
  },
  { name: "429 twice", fault: tooManyRequests("1"), times: 2, manifest: "found", asked: 3 },
  {
    name: "429 for ever",
    fault: tooManyRequests("3600"),
    manifest: ["unreachable", /429.*3600 s/],
    asked: 1,
  },
  { name: "503 twice", fault: statusOnly(503), times: 2, manifest: "found", asked: 3 },
  {
    name: "503 for ever",
    fault: statusOnly(503),
    manifest: ["unreachable", /503.*6 times/],
    asked: 6,
  },
  { name: "404", fault: statusOnly(404), manifest: ["not-found", /^/], asked: 1 },
  {
    name: "a loop",
    fault: redirectLoop,
    manifest: ["malformed", /sends on more than 10/],
    asked: 11,
  },
  {
    name: "sent on to nowhere",
    fault: { kind: "answer", status: 307 },
    manifest: ["malformed", /nowhere/],
    asked: 1,
  },
  { name: "a range ignored", fault: { kind: "ignore-range" }, manifest: "found", asked: 1 },
  { name: "a reset, once", fault: { kind: "reset" }, times: 1, manifest: "found", asked: 2 },
  {
    name: "a reset each time",
    fault: { kind: "reset" },
    manifest: ["unreachable", /closed|reset/],
    asked: 6,
  },
  { name: "no HTTP", fault: notHttp, manifest: ["malformed", /no HTTP/], asked: 2 },
  {
    name: "no byte at all",
    fault: { kind: "garbage", bytes: "" },
    manifest: ["unreachable", /closed/],
    asked: 6,
  },
  { name: "a web page", fault: htmlPage, manifest: ["malformed", /web page/], asked: 1 },
  {
    name: "no length, chunks",
    fault: { kind: "chunked", isCut: false },
    manifest: "found",
    asked: 1,
  },
  {
    name: "no length, chunks without their end",
    fault: { kind: "chunked", isCut: true },
    manifest: ["unreachable", /closed before the end/],
    asked: 3,
  },
  {
    name: "no length, the end closes",
    fault: withHeader("content-length", null),
    manifest: "found",
    asked: 1,
  },
  {
    name: "no digest in a header",
    fault: withHeader("docker-content-digest", null),
    manifest: "found",
    asked: 1,
  },
  {
    name: "an encoding",
    fault: withHeader("content-encoding", "gzip"),
    manifest: ["malformed", /encoded \(gzip\)/],
    asked: 1,
  },
  {
    name: "a head byte by byte",
    fault: { kind: "dribble", what: "head" },
    isSlow: true,
    manifest: ["unreachable", /did not begin to answer/],
    asked: 2,
  },
];
