import { parsePlatform, type Platform } from "../model/platform.ts";
import { UsageError, type ParsedArguments } from "./arguments.ts";
import type { CliIo } from "./io.ts";

/** Those that may stand without their system. Source: Go's GOARCH for linux, go1.24. */
const architectures: ReadonlySet<string> = new Set(
  "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x".split(" "),
);

/** An architecture alone is one of linux. Throws UsageError. */
export function readPlatform(text: string): Platform {
  const platform = parsePlatform(text);
  const isWritten = text.includes("/") || architectures.has(platform?.architecture ?? "");
  if (platform !== null && isWritten) return platform;
  throw new UsageError(`--platform is ${JSON.stringify(text)}, expected for example linux/arm64`);
}

/** What `--platform` says, else the settings. Throws UsageError. */
export function askedPlatforms(args: ParsedArguments, io: CliIo): readonly Platform[] {
  const given = args.values("platform");
  return (given.length > 0 ? given : (io.settings?.platforms ?? [])).map(readPlatform);
}
