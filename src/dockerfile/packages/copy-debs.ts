import { builderLines } from "./builder-lines.ts";
import { dpkgArchitecture } from "./install-packages.ts";
import { packageComments } from "./package-comments.ts";
import type { PackageBase, PackageLines, PackageStageInput } from "./package-base.ts";
import { runLines } from "./shell-lines.ts";

/**
 * Debian packages for a base without apt: a builder of the same release downloads exactly these, unpacks each as dpkg
 * would on that base (whose links to folders are honoured and not copied), and writes its entry in the database.
 * No script of a package runs. Source for the entries: GoogleContainerTools/distroless, `var/lib/dpkg/status.d`.
 */
export function copyDebs(input: PackageStageInput): PackageLines {
  const { step, base, stage, baseStage } = input;
  const { args, from } = builderLines(step, stage);
  const links = base.folderLinks;
  const needsStatus = base.dpkgDatabase === "status";
  return {
    args,
    stage: [
      `# Packages of ${step.source}, unpacked, their scripts not run; as they were when this was checked:`,
      ...packageComments(step),
      from,
      // Some builders do not run as root, and files keep their owners only for root.
      "USER 0:0",
      "WORKDIR /packages",
      ...runLines(downloadCommands(input)),
      ...(needsStatus
        ? [`COPY --from=${baseStage} /var/lib/dpkg/status /out/var/lib/dpkg/status`]
        : []),
      ...unpackLines(base, links),
      ...runLines(tidyCommands(input, links)),
      ...(base.hasLoaderCache ? cacheLines(baseStage) : []),
    ],
    needsBaseStage: needsStatus || base.hasLoaderCache,
    final: [`COPY --from=${stage} /out/ /`],
    endsAsRoot: false,
  };
}

function downloadCommands({ step, base, pinVersions }: PackageStageInput): readonly string[] {
  const own = dpkgArchitecture(base.platform);
  const foreign = new Set<string>();
  const words = step.packages.map(({ name, version, architecture }) => {
    const isForeign = architecture !== "all" && own !== null && architecture !== own;
    if (isForeign) foreign.add(architecture);
    return `${name}${isForeign ? `:${architecture}` : ""}${pinVersions ? `=${version}` : ""}`;
  });
  return [
    ...[...foreign].toSorted().map((architecture) => `dpkg --add-architecture ${architecture}`),
    // apt downloads as that user, when it can.
    "chown _apt .",
    "apt-get update",
    `apt-get download ${words.join(" ")}`,
  ];
}

/**
 * Archives are written out before they are read, as `a | b` of a plain sh hides that a failed. `$name` comes from a
 * package that apt has verified.
 */
function unpackLines(base: PackageBase, links: PackageBase["folderLinks"]): readonly string[] {
  const folders = links.map(({ target }) => `/out${target}`);
  const parents = links.map(({ path }) => `/out${path.slice(0, path.lastIndexOf("/"))}`);
  const made = [...new Set([...folders, ...parents, databaseFolder(base)])].toSorted();
  return [
    ...runLines([
      `mkdir -p ${made.join(" ")}`,
      ...links.map(({ path, target }) => `ln -s ${upwards(path)}${target.slice(1)} /out${path}`),
    ]),
    "RUN set -e; for file in *.deb; do \\",
    '      dpkg-deb --fsys-tarfile "$file" > /tmp/data.tar; \\',
    "      tar -x --keep-directory-symlink -f /tmp/data.tar -C /out; \\",
    ...entryLines(base).map((line) => `      ${line} \\`),
    "    done",
  ];
}

function databaseFolder({ dpkgDatabase }: PackageBase): string {
  return dpkgDatabase === "status" ? "/out/var/lib/dpkg/info" : "/out/var/lib/dpkg/status.d";
}

/** A relative way from the folder of `path` to the root. */
function upwards(path: string): string {
  return "../".repeat(path.split("/").length - 2);
}

/** A package without md5sums (it has no plain files) has none here. Source: dpkg(1), `info/NAME[:ARCH].list`. */
function entryLines({ dpkgDatabase }: PackageBase): readonly string[] {
  if (dpkgDatabase === "status.d") {
    return [
      'name=$(dpkg-deb --field "$file" Package);',
      'dpkg-deb --info "$file" control > "/out/var/lib/dpkg/status.d/$name";',
      'dpkg-deb --info "$file" md5sums > "/out/var/lib/dpkg/status.d/$name.md5sums" 2> /dev/null ||',
      '  rm "/out/var/lib/dpkg/status.d/$name.md5sums";',
    ];
  }
  return [
    "name=$(dpkg-deb --show --showformat '${Package}' \"$file\");",
    '[ "$(dpkg-deb --field "$file" Multi-Arch)" != same ] ||',
    '  name=$name:$(dpkg-deb --field "$file" Architecture);',
    "{ dpkg-deb --show --showformat 'Package: ${Package}\\nStatus: install ok installed\\n' \"$file\";",
    "  dpkg-deb --info \"$file\" control | sed '/^Package:/d'; echo; } >> /out/var/lib/dpkg/status;",
    "tar -t -f /tmp/data.tar | sed 's|^\\.||; s|/$||; s|^$|/.|' > \"/out/var/lib/dpkg/info/$name.list\";",
    // dpkg has the file for each package, and an empty one for what has no plain files.
    'dpkg-deb --info "$file" md5sums > "/out/var/lib/dpkg/info/$name.md5sums" 2> /dev/null || true;',
  ];
}

/** Documents go but for the licences, the scripts' work that is known is done, the base's links are not copied over it. */
function tidyCommands(
  { step }: PackageStageInput,
  links: PackageBase["folderLinks"],
): readonly string[] {
  const emptied = [...new Set(links.map(({ target }) => `/out${target}`))];
  return [
    "mkdir -p /out/usr/share/doc",
    "find /out/usr/share/doc -mindepth 2 ! -type d ! -name copyright -delete",
    "rm -rf /out/usr/share/man /out/usr/share/info /out/usr/share/lintian",
    "find /out/usr/share -type d -empty -delete",
    ...step.links.map(({ path, target }) => {
      return `mkdir -p /out${path.slice(0, path.lastIndexOf("/"))} && ln -sf ${target} /out${path}`;
    }),
    ...step.packages.flatMap(({ name }) => scriptWork(name)),
    ...links.toReversed().map(({ path }) => `rm /out${path}`),
    // A folder of the base keeps its mode when nothing goes into it.
    ...(emptied.length > 0 ? [`rmdir --ignore-fail-on-non-empty ${emptied.join(" ")}`] : []),
  ];
}

/**
 * What the script of a package makes that nothing works without. ca-certificates: one file of all certificates.
 * Source: Debian's ca-certificates, update-ca-certificates(8).
 */
function scriptWork(name: string): readonly string[] {
  if (name !== "ca-certificates") return [];
  return [
    "mkdir -p /out/etc/ssl/certs",
    "find /out/usr/share/ca-certificates -name '*.crt' -exec cat {} + > /out/etc/ssl/certs/ca-certificates.crt",
  ];
}

/** The cache of the base and what is new. Without -r the builder's own libraries would be in it. */
function cacheLines(baseStage: string): readonly string[] {
  return [
    `COPY --from=${baseStage} / /cache`,
    ...runLines([
      "cp -a /out/. /cache/",
      "ldconfig -r /cache",
      "mkdir -p /out/etc",
      "cp /cache/etc/ld.so.cache /out/etc/ld.so.cache",
    ]),
  ];
}
