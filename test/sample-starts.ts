import { elfFacts } from "./elf-facts.ts";
import {
  blocksLoad,
  type LinkedProcess,
  type LoadedObject,
  type LoadReason,
  type NeededLibrary,
} from "../src/linking/process.ts";
import type { LddProgram } from "../src/report/ldd.ts";
import { sampleSubjects } from "../src/report/testdata/sample-findings.ts";

type Growing = LoadedObject & { readonly needs: NeededLibrary[] };

export function sampleObject(
  path: string,
  because: LoadReason,
  neededBy: LoadedObject | null = null,
): Growing {
  const soname = because === "program" ? null : path.slice(path.lastIndexOf("/") + 1);
  const entry = { path, type: "file", mode: 0o755, uid: 0, gid: 0, sizeBytes: 1 } as const;
  return {
    path,
    realPath: path,
    node: { entry, layerIndex: 0 },
    facts: elfFacts({ soname }),
    neededBy,
    because,
    needs: [],
  };
}

/** A program with two libraries that need each other, one that is missing, and the C library below all of them. */
function sampleProcess(): LinkedProcess {
  const main = sampleObject("/app/server", "program");
  const a = sampleObject("/app/lib/liba.so", "runpath", main);
  const b = sampleObject("/app/lib/libb.so", "runpath", a);
  const libc = sampleObject("/lib/x86_64-linux-gnu/libc.so.6", "ld.so.cache", main);
  const found = (object: LoadedObject): NeededLibrary => ({
    soname: object.facts.soname ?? "",
    object,
    searched: [],
  });
  const searched = [
    { path: "/app/lib/libz.so.1", because: "runpath", found: "nothing" },
    { path: "/lib/libz.so.1", because: "default", found: "other-machine" },
  ] as const;
  main.needs.push(found(a), { soname: "libz.so.1", object: null, searched }, found(libc));
  a.needs.push(found(b), found(libc));
  b.needs.push(found(a), found(libc));
  return {
    ruleSet: "glibc",
    interpreter: {
      asked: "/lib64/ld-linux-x86-64.so.2",
      realPath: "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    },
    libcVersion: "2.36",
    objects: [main, a, b, libc],
    problems: [],
  };
}

/** One of each code. */
const problems = sampleSubjects.map(blocksLoad);

export const sampleStarts: readonly LddProgram[] = [
  {
    program: "/app/run",
    start: {
      steps: [
        { path: "/app/run", realPath: "/app/run", kind: "script", line: "/app/server -x" },
        { path: "/app/server", realPath: "/app/server", kind: "elf", line: null },
      ],
      processes: [sampleProcess()],
      problems: [],
    },
  },
  {
    program: "/app/broken",
    start: {
      steps: [{ path: "/app/broken", realPath: null, kind: "none", line: null }],
      processes: [
        {
          ruleSet: "none",
          interpreter: null,
          libcVersion: null,
          objects: [sampleObject("/app/broken", "program")],
          problems,
        },
      ],
      problems,
    },
  },
];
