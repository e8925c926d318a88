import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { testImage } from "../images.ts";
import { writeImage } from "./write-image.ts";
import { certain, likely, nothing, type Case } from "./case.ts";

/** A build with a real builder. */
export interface RealBuild extends Pick<Case, "name" | "truth" | "expected"> {
  readonly dockerfile: string;
  readonly options?: readonly string[];
}

const busybox = "busybox:1.38.0-musl";
const alpine = "alpine:3.20.3";

export const realBuilds: readonly RealBuild[] = [
  {
    name: "on busybox, annotated by the builder with its digest",
    dockerfile: `FROM ${busybox}\nCOPY Dockerfile /app/\n`,
    truth: ["busybox-musl"],
    expected: certain("busybox-musl"),
  },
  {
    name: "in Docker's format, which has no annotations",
    dockerfile: `FROM ${busybox}\nCOPY Dockerfile /app/\n`,
    options: ["--format", "docker"],
    truth: ["busybox-musl"],
    expected: certain("busybox-musl"),
  },
  {
    name: "several stages",
    dockerfile: `FROM ${alpine} AS build\nFROM ${busybox}\nCOPY --from=build /sbin/apk /app/\n`,
    truth: ["busybox-musl"],
    expected: certain("busybox-musl"),
  },
  {
    name: "COPY --from of another image",
    dockerfile: `FROM ${alpine}\nCOPY --from=${busybox} /bin/busybox /app/\n`,
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "a stage on a stage",
    dockerfile: `FROM ${busybox} AS one\nCOPY Dockerfile /a\nFROM one\nCOPY Dockerfile /b\n`,
    truth: ["busybox-musl"],
    expected: certain("busybox-musl"),
  },
  {
    name: "a target that is not the last stage",
    dockerfile: `FROM ${alpine} AS one\nCOPY Dockerfile /a\nFROM ${busybox}\nCOPY Dockerfile /b\n`,
    options: ["--target", "one"],
    truth: ["alpine-3.20"],
    expected: certain("alpine-3.20"),
  },
  {
    name: "squashed with its base",
    dockerfile: `FROM ${busybox}\nCOPY Dockerfile /app/\n`,
    options: ["--squash"],
    truth: ["busybox-musl"],
    expected: likely("busybox-musl"),
  },
  {
    name: "from scratch with programs of others",
    dockerfile: `FROM scratch\nCOPY --from=${alpine} /bin/busybox /app/\n`,
    truth: ["scratch"],
    expected: nothing,
  },
  {
    name: "from scratch with all of another image",
    dockerfile: `FROM scratch\nCOPY --from=${alpine} / /\n`,
    truth: ["scratch", "alpine-3.20"],
    expected: likely("alpine-3.20"),
  },
];

/** buildah in a folder of its own, or why there is none, for the names of tests. */
export type Builder =
  | {
      readonly skip: null;
      /** Takes the bases into its store. */
      readonly start: (folder: string, alpineTars: readonly Buffer[]) => void;
      /** Comes to the reference of what was built. */
      readonly build: (one: RealBuild) => string;
    }
  | { readonly skip: string };

export function openBuilder(): Builder {
  if (spawnSync("buildah", ["--version"]).error !== undefined) {
    return { skip: "buildah is not there" };
  }
  if (process.getuid?.() !== 0) return { skip: "buildah is started by root only" };
  let place = "";
  let built = 0;
  const buildah = (...args: readonly string[]): string => {
    const store = ["--root", join(place, "root"), "--runroot", join(place, "run")];
    const all = [...store, "--storage-driver", "vfs", ...args];
    const { status, stdout, stderr } = spawnSync("buildah", all, { encoding: "utf8" });
    if (status !== 0) throw new Error(`buildah ${args.join(" ")}: ${stderr}`);
    return stdout.trim();
  };
  return {
    skip: null,
    start(folder, alpineTars) {
      place = join(folder, "buildah");
      mkdirSync(place, { recursive: true });
      buildah("pull", "-q", `oci-archive:${testImage("oci-busybox-1.38.0-musl-amd64.tar")}`);
      const step = "ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit";
      // buildah does not build on an image whose history has not a step for each layer.
      const history = [{ created: "2026-01-01T00:00:00Z", created_by: step }];
      writeImage(folder, "alpine-for-buildah", { tars: alpineTars, history });
      const archive = join(folder, "alpine-for-buildah.tar");
      spawnSync("tar", ["-C", join(folder, "alpine-for-buildah"), "-cf", archive, "."]);
      const id = buildah("pull", "-q", `oci-archive:${archive}`);
      buildah("tag", id, alpine);
    },
    build({ dockerfile, options = [] }) {
      built++;
      const context = join(place, `context-${built}`);
      mkdirSync(context);
      writeFileSync(join(context, "Dockerfile"), dockerfile);
      const output = `oci:${join(place, `built-${built}`)}`;
      buildah("bud", "-q", "--pull-never", ...options, "-t", `built-${built}`, context);
      buildah("push", "-q", `built-${built}`, `${output}:it`);
      return output;
    },
  };
}
