import type { HistoryStep, Image } from "../../image/image.ts";
import type { Rootfs } from "../../image/rootfs.ts";
import { readHistory } from "../../image/sources/image-config.ts";
import { plainName } from "./base-names.ts";
import type { Claim } from "./claim.ts";

/** A step that the publisher's own build leaves behind in the history, and the name that it gives out. */
interface HistoryMark {
  readonly pattern: RegExp;
  /** `$1` and `$2` are the pattern's groups. */
  readonly name: string;
}

/**
 * Sources, read 2026-11: debuerreotype (the step that names the release), alpinelinux/docker-alpine (`ADD
 * alpine-minirootfs-…`), docker-library/busybox (seen in its archives, 1.38.0).
 */
const historyMarks: readonly HistoryMark[] = [
  { pattern: /^# debian\.sh --arch '[\w-]+' out\/ '([a-z]+)' '@\d+'$/, name: "debian:$1" },
  {
    pattern: /^ADD alpine-minirootfs-(\d+\.\d+\.\d+)-\w+\.tar\.gz \/ # buildkit$/,
    name: "alpine:$1",
  },
  { pattern: /^BusyBox (\d+\.\d+\.\d+) \((glibc|musl|uclibc)\), /, name: "busybox:$1-$2" },
];

/** A runtime as the image of its publisher has it: the variable that tells its version, and where its program is. */
interface RuntimeMark {
  readonly variable: string;
  readonly path: string;
  readonly repository: string;
}

/** Sources, read 2026-11: the Dockerfiles of docker-library/{python,golang,ruby,php}, nodejs/docker-node, adoptium/containers. */
const runtimeMarks: readonly RuntimeMark[] = [
  { variable: "GOLANG_VERSION", path: "/usr/local/go/bin/go", repository: "golang" },
  { variable: "JAVA_VERSION", path: "/opt/java/openjdk/bin/java", repository: "eclipse-temurin" },
  { variable: "NODE_VERSION", path: "/usr/local/bin/node", repository: "node" },
  { variable: "PHP_VERSION", path: "/usr/local/bin/php", repository: "php" },
  { variable: "PYTHON_VERSION", path: "/usr/local/bin/python3", repository: "python" },
  { variable: "RUBY_VERSION", path: "/usr/local/bin/ruby", repository: "ruby" },
];

const maxVersionChars = 40;

/** Steps of a build that are looked at, from its start: a base of bases has its publisher's there. */
const maxSteps = 20;

/** Hints that somebody else could have left as well: the start of the history, and a runtime where its publisher has it. */
export function traceClaims({ documents, config }: Image, rootfs: Rootfs): readonly Claim[] {
  const all = documents === undefined ? [] : readHistory(documents.config);
  const steps = all.slice(0, maxSteps);
  const fromHistory = steps.flatMap(({ createdBy }) =>
    historyMarks.flatMap(({ pattern, name }) => {
      const matched = pattern.exec(createdBy);
      if (matched === null) return [];
      const said = name.replaceAll(/\$(\d)/g, (_, group) => matched[Number(group)] ?? "");
      return [hint(said, { kind: "history", name: said, step: createdBy.slice(0, 200) })];
    }),
  );
  const fromRuntime = runtimeMarks.flatMap(({ variable, path, repository }) => {
    const set = config.env.findLast((pair) => pair.startsWith(`${variable}=`));
    const value = set?.slice(variable.length + 1) ?? "";
    const version = /^(?:jdk-)?(\d+(?:\.\d+)*)(?:\+\d+)?$/.exec(value)?.[1];
    if (
      version === undefined ||
      value.length > maxVersionChars ||
      rootfs.resolve(path).kind !== "found"
    )
      return [];
    const name = `${repository}:${version}`;
    return [hint(name, { kind: "runtime", name, variable, value })];
  });
  return [...fromRuntime, ...fromHistory, ...fromComments(all)];
}

/**
 * buildah notes at its first step what it started from; images built on that one inherit the note, so the last counts.
 * Source: buildah image.go, `FROM ` + FromImage as comment (seen with 1.28).
 */
function fromComments(steps: readonly HistoryStep[]): readonly Claim[] {
  const noted = steps.findLast(({ comment }) => /^FROM \S+$/.test(comment));
  const name = noted === undefined ? null : plainName(noted.comment.slice("FROM ".length));
  // A stage of the same build is noted by its id.
  if (noted === undefined || name === null || /^FROM [0-9a-f]{12,64}$/.test(noted.comment))
    return [];
  return [hint(name, { kind: "history", name, step: noted.comment.slice(0, 200) })];
}

function hint(name: string, evidence: Claim["evidence"]): Claim {
  return { name, digest: null, confidence: "possible", layers: null, evidence };
}
