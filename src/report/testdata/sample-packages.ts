import type { PackageProblem, PackageSearch, PackageStep } from "../../model/answer.ts";
import type { Failure } from "../../model/failure.ts";

const down: Failure = {
  kind: "unreachable",
  what: "http://mirror.example/debian/dists/bookworm/InRelease",
  where: "mirror.example",
  reason: "connection refused",
};

export const sampleProblems: readonly PackageProblem[] = [
  { kind: "no-such-package", name: "libgone1" },
  { kind: "unsatisfied", package: "libpq5", relation: "libssl3 (>= 9)" },
  { kind: "conflict", package: "liba1", with: "libb1", relation: "libb1 (<< 2)" },
  { kind: "libc", package: "libc6" },
  { kind: "not-read", package: "libpq5", failure: down },
];

/** Every state, and every problem. */
export const samplePackageSearches: readonly PackageSearch[] = [
  { state: "not-needed" },
  { state: "not-looked-up", reason: "off" },
  { state: "not-looked-up", reason: "cannot-win" },
  { state: "no-repository" },
  { state: "unavailable", failure: down },
  { state: "nothing-found", wanted: ["libpq.so.5"] },
  ...sampleProblems.map((problem) => ({ state: "refused", problems: [problem] }) as const),
  { state: "found", missing: [] },
  { state: "found", missing: ["libother.so.1"] },
];

const step: PackageStep = {
  family: "dpkg",
  how: "install",
  builder: null,
  source: "Debian 12 (bookworm), amd64",
  asked: ["libpq5"],
  packages: [
    {
      name: "libldap-2.5-0",
      version: "2.5.13+dfsg-5",
      architecture: "amd64",
      repository: "bookworm/main",
      downloadBytes: null,
      installedBytes: null,
      replaces: "2.5.12",
      because: { kind: "needed", by: "libpq5", relation: "libldap-2.5-0 (>= 2.5.4)" },
    },
    {
      name: "libpq5",
      version: "15.14-0+deb12u1",
      architecture: "amd64",
      repository: "bookworm-security/main",
      downloadBytes: 191_000,
      installedBytes: 911_360,
      replaces: null,
      because: { kind: "asked", for: ["libpq.so.5"] },
    },
  ],
  removed: ["libold1"],
  downloadBytes: null,
  installedBytes: null,
  links: [],
};
const builder = { reference: "debian:bookworm-slim", digest: null };

/** Each way in which packages come into a base. */
export const samplePackageSteps: readonly PackageStep[] = [
  step,
  {
    ...step,
    how: "copy",
    builder: { ...builder, digest: `sha256:${"ab".repeat(32)}` },
    removed: [],
    links: [{ path: "/usr/lib/libblas.so.3", target: "/usr/lib/blas/libblas.so.3" }],
  },
  { ...step, family: "rpm", how: "installroot", builder },
  { ...step, family: "apk" },
];
