import { builderLines } from "./builder-lines.ts";
import { installWords } from "./install-packages.ts";
import { packageComments } from "./package-comments.ts";
import type { PackageLines, PackageStageInput } from "./package-base.ts";
import { runLines } from "./shell-lines.ts";

/**
 * A builder's package manager installs into a copy of the base, whose package database so comes to have them. Only
 * what that changed is copied back: files that were there before keep their time of change, see stat(2), st_ctim.
 */
export function installRoot(input: PackageStageInput): PackageLines {
  const { step, stage, baseStage } = input;
  const { args, from } = builderLines(step, stage);
  return {
    args,
    stage: [
      `# Packages of ${step.source}, installed into a copy of the base; as they were when this was checked:`,
      ...packageComments(step),
      from,
      // Builders of minimal images often do not run as root.
      "USER 0:0",
      `COPY --from=${baseStage} / /out`,
      ...runLines(["touch /before", ...commands(input)]),
      "# Only what changed is kept: the rest is in the base.",
      ...runLines(["find /out ! -type d ! -cnewer /before -delete"]),
    ],
    needsBaseStage: true,
    final: [`COPY --from=${stage} /out/ /`],
    endsAsRoot: false,
  };
}

function commands(input: PackageStageInput): readonly string[] {
  const { step, base } = input;
  const words = installWords(input).join(" ");
  if (step.family === "apk") {
    // Both files are the builder's: a base without apk has no keys of its own. Without a shell no script can run.
    const scripts = base.hasShell ? "" : " --no-scripts";
    const places = "--keys-dir /etc/apk/keys --repositories-file /etc/apk/repositories";
    return [`apk add --no-cache --root /out --initdb${scripts} ${places} ${words}`];
  }
  const release = releaseWord(base.release);
  const noScripts = base.hasShell ? "" : " --setopt=tsflags=noscripts";
  return [
    `dnf install -y --installroot /out${release} --setopt=install_weak_deps=False --nodocs${noScripts} ${words}`,
    `dnf clean all --installroot /out${release}`,
    "rm -rf /out/var/cache/* /out/var/log/dnf* /out/var/log/hawkey.log",
  ];
}

/** `9` of `9.3`: the minor release of RHEL is none of the repository's name. Fedora and others have one number. */
function releaseWord(release: string | null): string {
  const major = /^\d{1,4}/.exec(release ?? "")?.[0];
  return major === undefined ? "" : ` --releasever ${major}`;
}
