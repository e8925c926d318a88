import type { PackageStep } from "../../model/answer.ts";
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
      ...runLines([...markTime(step), ...commands(input)]),
      "# Only what changed is kept: the rest is in the base.",
      ...runLines(dropUnchanged(step)),
    ],
    needsBaseStage: true,
    final: [`COPY --from=${stage} /out/ /`],
    endsAsRoot: false,
  };
}

/** BusyBox, which apk's builders have, tells times in whole seconds: what was copied has to be of an earlier one. */
function markTime({ family }: PackageStep): readonly string[] {
  return family === "apk" ? ["sleep 1", "date +%s > /before"] : ["touch /before"];
}

/** Its find knows no -cnewer either. */
function dropUnchanged({ family }: PackageStep): readonly string[] {
  if (family !== "apk") return ["find /out ! -type d ! -cnewer /before -delete"];
  return [
    "find /out ! -type d -exec stat -c '%Z %n' {} + > /times",
    `awk -v before="$(cat /before)" '$1 < before { sub(/^[0-9]+ /, ""); print }' /times > /same`,
    String.raw`tr '\n' '\0' < /same | xargs -0 -r rm`,
  ];
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
  // A base without a package manager may have no repositories: the builder's are of its release.
  const release = releaseWord(base.release);
  const noScripts = base.hasShell ? "" : " --setopt=tsflags=noscripts";
  return [
    `dnf install -y --installroot /out${release} --setopt=reposdir=/etc/yum.repos.d --setopt=install_weak_deps=False --nodocs${noScripts} ${words}`,
    `dnf clean all --installroot /out${release}`,
    "rm -rf /out/var/cache/* /out/var/lib/dnf /out/var/log/dnf* /out/var/log/hawkey.log",
  ];
}

/** `9` of `9.3`: the minor release of RHEL is none of the repository's name. Fedora and others have one number. */
function releaseWord(release: string | null): string {
  const major = /^\d{1,4}/.exec(release ?? "")?.[0];
  return major === undefined ? "" : ` --releasever ${major}`;
}
