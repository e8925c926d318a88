import { describe, expect, it } from "vitest";
import type { PackageStep, RecipePackage } from "../model/answer.ts";
import { generateDockerfile, type DockerfileInput } from "./generate.ts";
import { packageStages } from "./package-stages.ts";
import type { PackageBase, PackageStageInput } from "./packages/package-base.ts";

const digest = `sha256:${"cd".repeat(32)}` as const;

function pack(name: string, fields: Partial<RecipePackage> = {}): RecipePackage {
  return {
    name,
    version: "1.2-3",
    architecture: "amd64",
    repository: "bookworm/main",
    downloadBytes: 1000,
    installedBytes: 2000,
    replaces: null,
    because: { kind: "asked", for: ["libpq.so.5"] },
    ...fields,
  };
}

const needed = { kind: "needed", by: "libpq5", relation: "libldap-2.5-0 (>= 2.5.4)" } as const;

function step(fields: Partial<PackageStep> = {}): PackageStep {
  return {
    family: "dpkg",
    how: "copy",
    builder: { reference: "debian:bookworm-slim", digest },
    source: "Debian 12 (bookworm), amd64",
    asked: ["libpq5"],
    packages: [pack("libldap-2.5-0", { because: needed }), pack("libpq5")],
    removed: [],
    downloadBytes: 2000,
    installedBytes: 4000,
    links: [],
    ...fields,
  };
}

function base(fields: Partial<PackageBase> = {}): PackageBase {
  return {
    platform: "linux/amd64",
    user: "",
    packageManager: null,
    folderLinks: [],
    hasLoaderCache: false,
    dpkgDatabase: "status.d",
    release: "12",
    hasShell: false,
    ...fields,
  };
}

function input(fields: Partial<PackageStageInput> = {}): PackageStageInput {
  const names = { stage: "packages", baseStage: "base" };
  return { step: step(), base: base(), ...names, pinVersions: false, ...fields };
}

/** All lines, the final ones after `FROM base`. */
function textOf(given: PackageStageInput): string {
  const made = packageStages(given);
  if (!made.ok) throw new Error(JSON.stringify(made.failure));
  const { args, stage, final } = made.value;
  return [...args, ...stage, "FROM base", ...final].join("\n");
}

/** Instructions as a builder reads them: no comments, lines joined. */
function instructions(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => !line.startsWith("#"));
  const joined = lines.join("\n").replace(/ \\\n\s*/g, " ");
  return joined.split("\n");
}

const installed = { how: "install", builder: null } as const;
const merged = [
  { path: "/lib", target: "/usr/lib" },
  { path: "/var/run", target: "/run" },
];

describe("packageStages() for a base with a package manager", () => {
  it.each([
    [
      "apt",
      { packageManager: "apt-get" },
      {},
      "RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends libpq5 && rm -rf /var/lib/apt/lists/*",
    ],
    [
      "apk",
      { packageManager: "apk" },
      { family: "apk", asked: ["libpq"], packages: [pack("libpq", { architecture: "x86_64" })] },
      "RUN apk add --no-cache libpq",
    ],
    [
      "microdnf",
      { packageManager: "microdnf" },
      { family: "rpm" },
      "RUN microdnf install -y --nodocs --setopt=install_weak_deps=0 libpq5 && microdnf clean all",
    ],
    [
      "dnf",
      { packageManager: "dnf" },
      { family: "rpm" },
      "RUN dnf install -y --nodocs --setopt=install_weak_deps=False libpq5 && dnf clean all",
    ],
    [
      "yum",
      { packageManager: "yum" },
      { family: "rpm" },
      "RUN yum install -y --setopt=tsflags=nodocs libpq5 && yum clean all",
    ],
    [
      "zypper",
      { packageManager: "zypper" },
      { family: "rpm" },
      "RUN zypper --non-interactive install --no-recommends libpq5 && zypper --non-interactive clean --all",
    ],
  ] as const)("%s", (_, ofBase, ofStep, expected) => {
    const made = packageStages(
      input({ base: base(ofBase), step: step({ ...installed, ...ofStep }) }),
    );
    expect(made.ok && made.value.stage).toEqual([]);
    expect(made.ok && instructions(made.value.final.join("\n"))).toEqual([expected]);
  });

  it("versions stand in comments, and in the command only when asked for", () => {
    const given = input({ step: step(installed), base: base({ packageManager: "apt-get" }) });
    expect(textOf(given)).toContain("\n#   libpq5 1.2-3: libpq.so.5\n");
    expect(textOf(given)).toContain("\n#   libldap-2.5-0 1.2-3: libpq5 needs it\n");
    expect(textOf({ ...given, pinVersions: true })).toContain(" libpq5=1.2-3 ");
    const rpm = { ...given, step: step({ ...installed, family: "rpm" }), pinVersions: true };
    expect(textOf(rpm)).toContain(" libpq5-1.2-3 ");
  });

  it("another architecture is named, in its family's way", () => {
    const packages = [
      pack("libpq5", { architecture: "i386" }),
      pack("data", { architecture: "all" }),
    ];
    const given = step({ ...installed, asked: ["data", "libpq5"], packages });
    expect(textOf(input({ step: given }))).toContain(" data libpq5:i386 ");
    const copied = instructions(textOf(input({ step: step({ packages }) })));
    expect(copied).toContain(
      "RUN dpkg --add-architecture i386 && chown _apt . && apt-get update && apt-get download libpq5:i386 data",
    );
  });
});

describe("packageStages() for a base without one", () => {
  it("copies Debian packages, its links to folders honoured, its links made", () => {
    const links = [{ path: "/usr/lib/libblas.so.3", target: "../lib/blas/libblas.so.3" }];
    const text = textOf(input({ step: step({ links }), base: base({ folderLinks: merged }) }));
    expect(text)
      .toBe(`# Packages of Debian 12 (bookworm), amd64, unpacked, their scripts not run; as they were when this was checked:
#   libldap-2.5-0 1.2-3: libpq5 needs it
#   libpq5 1.2-3: libpq.so.5
FROM debian:bookworm-slim@${digest} AS packages
USER 0:0
WORKDIR /packages
RUN chown _apt . && \\
    apt-get update && \\
    apt-get download libldap-2.5-0 libpq5
RUN mkdir -p /out /out/run /out/usr/lib /out/var /out/var/lib/dpkg/status.d && \\
    ln -s usr/lib /out/lib && \\
    ln -s ../run /out/var/run
RUN set -e; for file in *.deb; do \\
      dpkg-deb --fsys-tarfile "$file" > /tmp/data.tar; \\
      tar -x --keep-directory-symlink -f /tmp/data.tar -C /out; \\
      name=$(dpkg-deb --field "$file" Package); \\
      dpkg-deb --info "$file" control > "/out/var/lib/dpkg/status.d/$name"; \\
      dpkg-deb --info "$file" md5sums > "/out/var/lib/dpkg/status.d/$name.md5sums" 2> /dev/null || \\
        rm "/out/var/lib/dpkg/status.d/$name.md5sums"; \\
    done
RUN mkdir -p /out/usr/share/doc && \\
    find /out/usr/share/doc -mindepth 2 ! -type d ! -name copyright -delete && \\
    rm -rf /out/usr/share/man /out/usr/share/info /out/usr/share/lintian && \\
    find /out/usr/share -type d -empty -delete && \\
    mkdir -p /out/usr/lib && ln -sf ../lib/blas/libblas.so.3 /out/usr/lib/libblas.so.3 && \\
    rm /out/var/run && \\
    rm /out/lib && \\
    rmdir --ignore-fail-on-non-empty /out/usr/lib /out/run
FROM base
COPY --from=packages /out/ /`);
  });

  it.each([
    ["nothing of the base", {}, []],
    ["its cache of libraries", { hasLoaderCache: true }, ["COPY --from=base / /cache"]],
    [
      "its database in one file",
      { dpkgDatabase: "status" },
      ["COPY --from=base /var/lib/dpkg/status /out/var/lib/dpkg/status"],
    ],
  ] as const)("takes %s", (_, fields, expected) => {
    const made = packageStages(input({ base: base(fields) }));
    expect(made.ok && made.value.needsBaseStage).toBe(expected.length > 0);
    const lines = made.ok ? made.value.stage : [];
    expect(lines.filter((line) => line.includes("--from=base"))).toEqual(expected);
  });

  it("certificates become the one file that programs read", () => {
    const packages = [pack("ca-certificates", { architecture: "all" })];
    const given = step({ asked: ["ca-certificates"], packages });
    expect(textOf(input({ step: given }))).toContain("> /out/etc/ssl/certs/ca-certificates.crt");
  });

  it.each([
    [
      "dnf into a copy of UBI micro",
      { family: "rpm", how: "installroot", builder: { reference: "ubi9/ubi", digest: null } },
      { release: "9.3", hasShell: true },
      [
        "FROM ubi9/ubi AS packages",
        "USER 0:0",
        "COPY --from=base / /out",
        "RUN touch /before && dnf install -y --installroot /out --releasever 9 --setopt=reposdir=/etc/yum.repos.d --setopt=install_weak_deps=False --nodocs libpq5 && dnf clean all --installroot /out --releasever 9 && rm -rf /out/var/cache/* /out/var/lib/dnf /out/var/log/dnf* /out/var/log/hawkey.log",
        "RUN find /out ! -type d ! -cnewer /before -delete",
        "FROM base",
        "COPY --from=packages /out/ /",
      ],
    ],
    [
      "apk into a copy of Wolfi, which has no shell for scripts",
      { family: "apk", how: "copy", builder: { reference: "wolfi:latest-dev", digest } },
      { release: null },
      [
        `FROM wolfi:latest-dev@${digest} AS packages`,
        "USER 0:0",
        "COPY --from=base / /out",
        "RUN sleep 1 && date +%s > /before && apk add --no-cache --root /out --initdb --no-scripts --keys-dir /etc/apk/keys --repositories-file /etc/apk/repositories libpq5",
        `RUN find /out ! -type d -exec stat -c '%Z %n' {} + > /times && awk -v before="$(cat /before)" '$1 < before { sub(/^[0-9]+ /, ""); print }' /times > /same && tr '\\n' '\\0' < /same | xargs -0 -r rm`,
        "FROM base",
        "COPY --from=packages /out/ /",
      ],
    ],
  ] as const)("%s", (_, ofStep, ofBase, expected) => {
    const text = textOf(input({ step: step(ofStep), base: base(ofBase) }));
    expect(instructions(text)).toEqual(expected);
  });

  it.each([[null], [{ reference: "a b\nRUN x", digest: null }]])(
    "a builder %o is asked for",
    (builder) => {
      const text = textOf(input({ step: step({ builder }) }));
      expect(text).toMatch(
        /^# Build with --build-arg PACKAGES_IMAGE=NAME[^\n]*\nARG PACKAGES_IMAGE\n/,
      );
      expect(text).toContain("\nFROM ${PACKAGES_IMAGE} AS packages\n");
    },
  );
});

const hostile = [
  "x; touch pwned",
  "x\nRUN y",
  "$(x)",
  "`x`",
  "x && y",
  "-o=x",
  "../x",
  "x'y",
  'x"y',
  "<<EOF",
  "x\\",
  "",
  "a".repeat(300),
];

describe("packageStages() refuses", () => {
  it.each(["libc6", "libc6-amd64", "libc6.1", "libc6-dev", "musl"])("a copy of %s", (name) => {
    const made = packageStages(input({ step: step({ packages: [pack("libpq5"), pack(name)] }) }));
    expect(made).toEqual({ ok: false, failure: [{ kind: "libc", package: name }] });
  });

  it.each(["libc-bin", "libc-l10n", "libc++1", "libcurl4", "musl-tools"])(
    "no copy of %s",
    (name) => {
      const made = packageStages(input({ step: step({ packages: [pack("libpq5"), pack(name)] }) }));
      expect(made.ok).toBe(true);
    },
  );

  it("no new libc where the package manager brings all of it", () => {
    const given = step({ ...installed, packages: [pack("libpq5"), pack("libc6")] });
    expect(packageStages(input({ step: given })).ok).toBe(true);
  });

  it("to take a package away by a copy", () => {
    const made = packageStages(input({ step: step({ removed: ["old"] }) }));
    expect(made).toEqual({
      ok: false,
      failure: [{ kind: "conflict", package: "libpq5", with: "old", relation: "" }],
    });
  });

  it.each(hostile.map((name) => [JSON.stringify(name).slice(0, 40), name]))(
    "%s as any name",
    (_, name) => {
      const steps: readonly PackageStep[] = (["install", "copy"] as const).flatMap((how) => [
        step({ how, asked: [name], packages: [] }),
        step({ how, packages: [pack("libpq5"), pack(name)] }),
        step({ how, packages: [pack("libpq5", { version: name })] }),
        step({ how, packages: [pack("libpq5", { architecture: name })] }),
      ]);
      const bad = steps.filter((one) => packageStages(input({ step: one })).ok);
      expect(bad).toEqual([]);
      const links = [{ path: `/usr/lib/${name}`, target: "x" }];
      if (!name.startsWith("-") && name.length < 300) {
        expect(packageStages(input({ step: step({ links }) })).ok).toBe(false);
        const folderLinks = [{ path: "/lib", target: `/${name}` }];
        expect(packageStages(input({ base: base({ folderLinks }) })).ok).toBe(false);
      }
    },
  );
});

function whole(fields: Partial<DockerfileInput>): DockerfileInput {
  return {
    base: {
      reference: "debian:bookworm-slim",
      digest: null,
      isStandIn: false,
      hasEntrypoint: false,
      env: [],
      workingDirectory: "",
    },
    platform: "linux/amd64",
    target: { kind: "image", reference: "app:1" },
    packages: { step: step(), base: base() },
    app: [],
    libraries: [],
    env: [],
    workingDirectory: null,
    user: { user: null, why: "the base's own user is app" },
    entrypoint: ["/app"],
    cmd: null,
    ...fields,
  };
}

describe("generateDockerfile() with packages", () => {
  it("puts stage, base and copy in order", () => {
    const words = instructions(generateDockerfile(whole({})))
      .filter((line) => /^(?:FROM|COPY|USER|ENTRYPOINT)/.test(line))
      .join("\n");
    expect(words).toBe(
      `FROM app:1 AS app
FROM debian:bookworm-slim@${digest} AS packages
USER 0:0
FROM debian:bookworm-slim
COPY --from=packages /out/ /
ENTRYPOINT ["/app"]`,
    );
  });

  it("names the base once where its stage is copied from", () => {
    const packages = { step: step(), base: base({ hasLoaderCache: true }) };
    const froms = instructions(generateDockerfile(whole({ packages }))).filter((line) =>
      /^(?:FROM|COPY)/.test(line),
    );
    expect(froms).toEqual([
      "FROM app:1 AS app",
      "FROM debian:bookworm-slim AS base",
      `FROM debian:bookworm-slim@${digest} AS packages`,
      "COPY --from=base / /cache",
      "FROM base",
      "COPY --from=packages /out/ /",
    ]);
  });

  it("no stage hides an image of its name", () => {
    const packages = {
      step: step({ builder: { reference: "base", digest: null } }),
      base: base({ hasLoaderCache: true }),
    };
    const given = whole({ packages, base: { ...whole({}).base, reference: "packages" } });
    const froms = instructions(generateDockerfile(given)).filter((line) => line.startsWith("FROM"));
    expect(froms).toEqual([
      "FROM app:1 AS app",
      "FROM packages AS chosen",
      "FROM base AS added",
      "FROM chosen",
    ]);
  });

  it.each([
    ["app", "USER app"],
    ["", null],
    ["root", null],
    ["1000:1000", "USER 1000:1000"],
    ["x\nRUN y", "USER 65532:65532"],
  ])("the base's user %j is there again after a package manager worked", (user, expected) => {
    const packages = { step: step(installed), base: base({ user, packageManager: "apt-get" }) };
    const users = instructions(generateDockerfile(whole({ packages }))).filter((line) =>
      line.startsWith("USER"),
    );
    expect(users).toEqual(expected === null ? [] : ["USER 0:0", expected]);
  });

  it("is a bug for packages that cannot be brought", () => {
    const packages = { step: step({ packages: [pack("libc6")] }), base: base() };
    expect(() => generateDockerfile(whole({ packages }))).toThrow(/Cannot write package lines/);
  });
});
