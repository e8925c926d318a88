/**
 * What the Go linker writes of how a program was built, as `go version -m` prints it, without what grows:
 *
 *     path    example.com/app
 *     mod     example.com/app v1.2.3 h1:…
 *     build   CGO_ENABLED=0
 */
export interface GoBuild {
  /** `go1.26.8`; may be followed by a space and experiments: `go1.21.0 X:rangefunc`. */
  readonly goVersion: string;
  /** Path of the main package; null when it was built without modules, or before Go 1.18 without the information. */
  readonly path: string | null;
  readonly mainModule: { readonly path: string; readonly version: string } | null;
  /** How many modules it was built with, the main one not counted. */
  readonly dependencyCount: number;
  /**
   * Settings by key: `CGO_ENABLED`, `-buildmode`, `-tags`, `GOARCH`… Before Go 1.18 there are none. Flags of linker and
   * compilers, GODEBUG defaults and `vcs.*` are left out: they are long and say nothing of where a program runs.
   */
  readonly settings: Readonly<Record<string, string>>;
}

/** The bytes of a program, by place in the file and by address in memory. Both give null when they are not there. */
export interface GoProgram {
  at(offsetBytes: number, lengthBytes: number): Buffer | null;
  atAddress(address: number, lengthBytes: number): Buffer | null;
}

export const goBuildMagic = Buffer.from("\xff Go buildinf:", "latin1");

/** The blob starts at such a multiple. Source: Go src/debug/buildinfo/buildinfo.go, as all of the layout here. */
export const goBuildAlignBytes = 16;

const headerBytes = 32;
/** No sound program has more: 2,000 modules are about 200 KiB. */
const maxStringBytes = 4 * 1024 * 1024;
const maxSettings = 128;
const maxSettingChars = 1024;
const leftOut = /^(?:-ldflags|-gcflags|-asmflags|CGO_\w*FLAGS|DefaultGODEBUG|vcs(?:\..*)?)$/;

/**
 * Reads the blob that starts with `goBuildMagic` at an offset of the file. Byte 14 is the size of a pointer, byte 15
 * flags: 1 big-endian pointers, 2 inline strings (since Go 1.18; before, two pointers to Go strings). Null when a
 * length or pointer leads outside the file: nothing of it is trusted then.
 */
export function readGoBuild(program: GoProgram, offsetBytes: number): GoBuild | null {
  const header = program.at(offsetBytes, headerBytes);
  if (header === null || !header.subarray(0, goBuildMagic.byteLength).equals(goBuildMagic)) {
    return null;
  }
  const isInline = ((header[15] ?? 0) & 2) !== 0;
  const strings = isInline
    ? inlineStrings(program, offsetBytes + headerBytes)
    : pointedStrings(program, header);
  if (strings === null || strings.version.byteLength === 0) return null;
  return { goVersion: strings.version.toString("utf8"), ...parseModules(strings.modules) };
}

interface GoStrings {
  readonly version: Buffer;
  /** Module information inside its frame; empty when there is none. */
  readonly modules: Buffer;
}

function inlineStrings(program: GoProgram, offsetBytes: number): GoStrings | null {
  const version = inlineString(program, offsetBytes);
  if (version === null) return null;
  const modules = inlineString(program, version.end);
  return modules === null ? null : { version: version.bytes, modules: modules.bytes };
}

/** A length as unsigned LEB128, then so many bytes. */
function inlineString(program: GoProgram, at: number): { bytes: Buffer; end: number } | null {
  let [length, start] = [0, at];
  for (let shift = 0; ; shift += 7) {
    const byte = program.at(start++, 1)?.[0];
    if (byte === undefined || shift > 28) return null;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const bytes = length > maxStringBytes ? null : program.at(start, length);
  return bytes === null ? null : { bytes, end: start + length };
}

function pointedStrings(program: GoProgram, header: Buffer): GoStrings | null {
  const pointerBytes = header[14];
  if (pointerBytes !== 4 && pointerBytes !== 8) return null;
  const isBig = ((header[15] ?? 0) & 1) !== 0;
  const pointer = (bytes: Buffer, at: number): number => {
    if (pointerBytes === 4) return isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
    return Number(isBig ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at));
  };
  /** A Go string: where its bytes are, how many. Module information is missing without modules. */
  const string = (address: number): Buffer | null => {
    const words = program.atAddress(address, 2 * pointerBytes);
    if (words === null) return null;
    const length = pointer(words, pointerBytes);
    if (length === 0) return Buffer.alloc(0);
    return length > maxStringBytes ? null : program.atAddress(pointer(words, 0), length);
  };
  const version = string(pointer(header, 16));
  const modules = string(pointer(header, 16 + pointerBytes));
  return version === null ? null : { version, modules: modules ?? Buffer.alloc(0) };
}

/**
 * The lines between two marks of 16 bytes, fields separated by tabs: `path`, `mod`, `dep`, `=>` (what replaces the
 * line before), `build`. Source: Go src/runtime/debug/mod.go, ParseBuildInfo.
 */
function parseModules(framed: Buffer): Omit<GoBuild, "goVersion"> {
  const isFramed = framed.byteLength >= 33 && framed[framed.byteLength - 17] === 0x0a;
  const text = isFramed ? framed.toString("utf8", 16, framed.byteLength - 16) : "";
  let path: string | null = null;
  let mainModule: GoBuild["mainModule"] = null;
  let dependencyCount = 0;
  const settings = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [kind, first = "", second = ""] = line.split("\t");
    if (kind === "path") path = first;
    else if (kind === "mod") mainModule = { path: first, version: second };
    else if (kind === "dep") dependencyCount += 1;
    else if (kind === "build" && settings.size < maxSettings) addSetting(settings, first);
  }
  return { path, mainModule, dependencyCount, settings: Object.fromEntries(settings) };
}

/** `GOARCH=amd64`, `-ldflags="-s -w"`: key and value are quoted as in Go when they have to be. */
function addSetting(settings: Map<string, string>, text: string): void {
  const equals = text.startsWith('"') ? text.indexOf('"=', 1) + 1 : text.indexOf("=");
  if (equals <= 0) return;
  const key = unquote(text.slice(0, equals));
  if (key.length <= 64 && !leftOut.test(key)) {
    settings.set(key, unquote(text.slice(equals + 1)).slice(0, maxSettingChars));
  }
}

/** A quoted Go string without escapes that JSON does not know; any other text as it is. */
function unquote(text: string): string {
  if (text.length >= 2 && text.startsWith("`") && text.endsWith("`")) return text.slice(1, -1);
  if (!text.startsWith('"')) return text;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : text;
  } catch {
    return text;
  }
}
