import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run } from "../../../test/cli/run.ts";
import {
  linesOf,
  makeWorkFolder,
  outputOf,
  realImages,
  referenceOf,
  unpackImage,
  whySkipped,
  type RealImage,
} from "../../../test/unpacked-images.ts";

const folder = makeWorkFolder();
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

interface ListedPackages {
  readonly images: readonly {
    readonly packages: readonly {
      readonly name: string;
      readonly version: string;
      readonly architecture: string | null;
      readonly source: string;
      readonly files: number | null;
    }[];
  }[];
}

async function list(image: RealImage): Promise<ListedPackages["images"][number]["packages"]> {
  const { out, code } = await run(["packages", referenceOf(image), "--json"], folder);
  expect(code).toBe(0);
  const document: ListedPackages = JSON.parse(out);
  return document.images[0]?.packages ?? [];
}

async function filesOf(image: RealImage, name: string): Promise<readonly string[]> {
  const { out } = await run(["packages", referenceOf(image), "--files", name], folder);
  return linesOf(out);
}

/** The first package of each answer, by path; null where it is owned by none. */
async function owners(
  image: RealImage,
  paths: readonly string[],
): Promise<readonly (string | null)[]> {
  const { out } = await run(["owner", referenceOf(image), ...paths, "--json"], folder);
  const document: {
    images: { paths: { owners: { name: string }[] }[] }[];
  } = JSON.parse(out);
  return (document.images[0]?.paths ?? []).map((one) => one.owners[0]?.name ?? null);
}

const ofFamily = (family: RealImage["packages"]): readonly RealImage[] =>
  realImages.filter((image) => image.packages === family);

/** Every nth of a list that is too long to ask for one by one. */
function sample(all: readonly string[], most: number): readonly string[] {
  const step = Math.max(1, Math.ceil(all.length / most));
  return all.filter((_, at) => at % step === 0);
}

const whyDpkg = whySkipped(["dpkg-query"]);
describe.skipIf(whyDpkg !== "").each(ofFamily("dpkg"))(
  `dpkg says the same of $file${whyDpkg}`,
  (image) => {
    let database = "";
    beforeAll(() => {
      const admin = join(unpackImage(image, folder), "var/lib/dpkg");
      // Without it dpkg looks for lists under names without an architecture, which mmdebstrap's are not.
      writeFileSync(join(admin, "info/format"), "1\n");
      database = `--admindir=${admin}`;
    });

    it("of packages, versions, architectures and sources", async () => {
      const format = "${binary:Package} ${Package} ${Version} ${Architecture} ${source:Package}\\n";
      const expected = linesOf(outputOf("dpkg-query", database, "-W", `-f=${format}`));
      const ours = (await list(image)).map(
        ({ name, version, architecture, source }) =>
          `${name} ${version} ${architecture ?? ""} ${source}`,
      );
      expect(ours.length).toBeGreaterThan(50);
      expect(ours).toEqual(expected.map((line) => line.slice(line.indexOf(" ") + 1)).toSorted());
    });

    it("of the files of a package, as dpkg -L", async () => {
      for (const name of ["libc6", "base-files", "dash", "tzdata"]) {
        const expected = linesOf(outputOf("dpkg-query", database, "-L", name)).filter((line) =>
          line.startsWith("/"),
        );
        expect(await filesOf(image, name)).toEqual(expected);
      }
    });

    it("of owners of paths, as dpkg -S", async () => {
      const paths = [
        ...sample(await filesOf(image, "coreutils"), 15),
        ...sample(await filesOf(image, "libc6"), 15),
        "/usr/share/doc/bash/README.gz",
        "/etc/passwd",
        "/usr/lib/os-release",
      ].filter((path) => path !== "/.");
      const expected = paths.map((path) => {
        const [line = ""] = linesOf(outputOf("dpkg-query", database, "-S", path)).filter((one) =>
          one.endsWith(`: ${path}`),
        );
        return line === "" ? null : line.slice(0, line.lastIndexOf(": ")).split(", ");
      });
      const ours = await owners(image, paths);
      ours.forEach((owner, at) => {
        const names = expected[at]?.map((name) => name.replace(/:.*/, "")) ?? [null];
        expect(names, paths[at]).toContain(owner);
      });
    });
  },
);

describe.skipIf(whyDpkg !== "").each(ofFamily("status.d"))(
  `status.d of $file${whyDpkg}`,
  (image) => {
    it("has a file per package", async () => {
      const status = join(unpackImage(image, folder), "var/lib/dpkg/status.d");
      const names = readdirSync(status).filter((name) => !name.endsWith(".md5sums"));
      const expected = names.map((name) => {
        const paragraph = outputOf(
          "sed",
          "-n",
          "s/^\\(Package\\|Version\\): //p",
          join(status, name),
        );
        return linesOf(paragraph).join(" ");
      });
      const ours = (await list(image)).map(({ name, version }) => `${name} ${version}`);
      expect(ours).toEqual(expected.toSorted());
    });
  },
);

const whyRpm = whySkipped(["rpm"]);
describe.skipIf(whyRpm !== "").each(ofFamily("rpm"))(
  `rpm says the same of $file${whyRpm}`,
  (image) => {
    let root = "";
    const rpm = (...args: readonly string[]): readonly string[] =>
      linesOf(outputOf("rpm", "--root", root, "--dbpath", "/var/lib/rpm", ...args));
    beforeAll(() => {
      root = unpackImage(image, folder);
    });

    it("of packages, versions and architectures", async () => {
      const format = "%{NAME} %|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE} %{ARCH}\\n";
      const expected = rpm("-qa", "--qf", format).filter((line) => !line.startsWith("gpg-pubkey"));
      const ours = (await list(image)).map(
        ({ name, version, architecture }) => `${name} ${version} ${architecture ?? ""}`,
      );
      expect(ours.length).toBeGreaterThan(15);
      expect(ours).toEqual(expected.toSorted());
    });

    it("of the files of a package, as rpm -ql", async () => {
      for (const name of ["bash", "glibc", "setup", "basesystem"]) {
        const expected = rpm("-ql", name).filter((line) => line.startsWith("/"));
        expect(await filesOf(image, name)).toEqual(expected);
      }
    });

    it("of owners of paths, as rpm -qf", async () => {
      const paths = [
        "/usr/bin/bash",
        "/bin/bash",
        "/etc/passwd",
        "/usr/bin",
        "/lib64",
        "/usr/lib64/libc.so.6",
      ];
      const expected = paths.map((path) => rpm("-qf", "--qf", "%{NAME}\\n", path)[0] ?? "");
      expect(await owners(image, paths)).toEqual(expected);
      expect(await owners(image, ["/etc/nothing"])).toEqual([null]);
    });
  },
);

const whyApk =
  whySkipped(["chroot"]) || (process.arch === "x64" ? "" : " (skipped: its own apk is for x86-64)");
describe.skipIf(whyApk !== "").each(ofFamily("apk"))(
  `its own apk says the same of $file${whyApk}`,
  (image) => {
    let root = "";
    const apk = (...args: readonly string[]): readonly string[] =>
      linesOf(outputOf("chroot", root, "/sbin/apk", ...args));
    beforeAll(() => {
      root = unpackImage(image, folder);
    });

    it("of packages and versions, as apk info -v", async () => {
      const ours = (await list(image)).map(({ name, version }) => `${name}-${version}`);
      expect(ours.length).toBeGreaterThan(10);
      expect(ours.toSorted()).toEqual(apk("info", "-v").toSorted());
    });

    it("of the files of a package, as apk info -L", async () => {
      for (const { name } of await list(image)) {
        const expected = apk("info", "-L", name).slice(1);
        const ours = (await filesOf(image, name)).map((path) => path.slice(1));
        expect(ours.toSorted()).toEqual(expected.toSorted());
      }
    });

    it("of owners of paths, as apk info --who-owns", async () => {
      const paths = [
        "/bin/ls",
        "/bin/sh",
        "/bin/busybox",
        "/lib/libc.musl-x86_64.so.1",
        "/etc/passwd",
        "/usr/bin/wget",
      ];
      const expected = paths.map((path) => {
        const [, owner = ""] =
          /is owned by (.*)$/.exec(apk("info", "--who-owns", path)[0] ?? "") ?? [];
        return owner;
      });
      const listed = await list(image);
      const ours = (await owners(image, paths)).map((name) => {
        const found = listed.find((one) => one.name === name);
        return `${name ?? ""}-${found?.version ?? ""}`;
      });
      expect(ours).toEqual(expected);
    });
  },
);
