import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { finalBase, type FinalBase } from "../formats/dockerfile/final-base.ts";
import { FormatError } from "../formats/format-error.ts";
import { UsageError, type ParsedArguments } from "./arguments.ts";
import type { CliIo } from "./io.ts";

/** A Dockerfile is written by hand; what is longer is something else. Bytes. */
const maxDockerfileBytes = 1024 * 1024;

/** The base that `--dockerfile` and `--target` name; null where they are not given. Throws UsageError. */
export function readFinalStage(args: ParsedArguments, io: Pick<CliIo, "cwd">): FinalBase | null {
  const file = args.value("dockerfile");
  const target = args.value("target");
  if (file === null) {
    if (target === null) return null;
    throw new UsageError("--target names a stage of --dockerfile FILE, which is not given");
  }
  const buildArgs = Object.fromEntries(args.values("build-arg").map(readBuildArg));
  try {
    return finalBase(readText(resolve(io.cwd, file)), { target, buildArgs });
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new UsageError(`--dockerfile ${file}: ${error.message}`);
  }
}

function readText(file: string): string {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) throw new UsageError(`--dockerfile ${file} is no file`);
    if (stat.size > maxDockerfileBytes) {
      throw new UsageError(`--dockerfile ${file} has ${stat.size} bytes, expected 1 MiB at most`);
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(`--dockerfile names ${file}: ${code}`);
  }
}

function readBuildArg(text: string): readonly [string, string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`--build-arg is ${JSON.stringify(text)}, expected NAME=VALUE`);
}
