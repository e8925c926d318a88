import { basename } from "node:path";
import type { BaseRoot } from "../check/base-root.ts";
import { chooseUser, type AccountFiles } from "../dockerfile/choose-user.ts";
import { generateDockerfile, type DockerfileCopy } from "../dockerfile/generate.ts";
import { describePackageBase } from "../dockerfile/packages/describe-base.ts";
import type { Rootfs } from "../image/rootfs.ts";
import type { Candidate } from "../model/answer.ts";
import { foldDirectories } from "../target/fold-directories.ts";
import type { Target } from "../target/target.ts";
import { contextOwner } from "./context-owner.ts";

/** The text of the Dockerfile that puts the target on that base. */
export function writeDockerfile(target: Target, candidate: Candidate, base: BaseRoot): string {
  const { summary, config, app, rootfs } = target;
  const { info } = base;
  const { recipe } = candidate;
  const isImage = summary.kind === "image";
  const recipeEnv = Object.entries(recipe?.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const [program = ""] = summary.app.programs;
  const user = chooseUser({
    target: isImage ? config.user : null,
    base: info.user,
    targetAccounts: accountsOf(rootfs),
    baseAccounts: accountsOf(base.rootfs),
  });
  const step = recipe?.packageStep ?? null;
  const owner = isImage ? null : contextOwner(target, user.user ?? info.user, base.rootfs);
  return generateDockerfile({
    base: {
      reference: info.reference,
      digest: info.measurement.digest,
      isStandIn: info.measurement.kind === "stand-in",
      hasEntrypoint: base.hasEntrypoint,
      env: base.env,
      workingDirectory: base.workingDirectory,
    },
    platform: summary.platform,
    target: isImage ? { kind: "image", reference: target.imageName } : { kind: "context" },
    packages: step === null ? null : { step, base: describePackageBase(info, base.rootfs) },
    app: appCopies(target, owner),
    libraries: (recipe?.copies ?? []).map(({ from, to }) => ({
      from: isImage ? from : belowContext(target, from),
      to,
      isDirectory: false,
      owner,
      modeOctal: null,
    })),
    env: [...app.env, ...recipeEnv],
    workingDirectory: isImage ? config.workingDir || null : "/app",
    user,
    ...(isImage && isStartedBy(config, program)
      ? { entrypoint: config.entrypoint, cmd: config.cmd }
      : { entrypoint: [program], cmd: null }),
  });
}

/** Where the config starts nothing, or a shell of its old base, the program that was checked is named. */
function isStartedBy({ entrypoint, cmd }: Target["config"], program: string): boolean {
  return [...(entrypoint ?? []), ...(cmd ?? [])].includes(program);
}

function appCopies(target: Target, contextOwner: string | null): readonly DockerfileCopy[] {
  const { summary, rootfs, appPaths } = target;
  const common = { owner: contextOwner, modeOctal: null };
  if (summary.kind === "folder") return [{ from: ".", to: "/app", isDirectory: true, ...common }];
  if (summary.kind === "file") {
    const name = basename(summary.app.programs[0] ?? summary.reference);
    return [{ from: name, to: `/app/${name}`, isDirectory: false, ...common }];
  }
  return foldDirectories(rootfs, appPaths).flatMap(({ path }) => {
    const resolved = rootfs.resolve(path);
    // A link to nothing: no builder copies it.
    if (resolved.kind !== "found") return [];
    const { type, uid, gid } = resolved.node.entry;
    const owner = uid === 0 ? null : `${uid}:${gid}`;
    return [{ from: path, to: path, isDirectory: type === "directory", owner, modeOctal: null }];
  });
}

/** `/app/lib/x` of a folder is `lib/x` in its build context. */
function belowContext({ summary }: Target, path: string): string {
  return summary.kind === "folder" ? path.slice("/app/".length) : basename(path);
}

function accountsOf(rootfs: Rootfs): AccountFiles {
  const read = (path: string): string | null => {
    const resolved = rootfs.resolve(path);
    return resolved.kind === "found" ? rootfs.text(resolved.path) : null;
  };
  return { passwd: read("/etc/passwd"), group: read("/etc/group") };
}
