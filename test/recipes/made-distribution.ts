import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeDeb } from "../made-packages.ts";
import {
  clearSign,
  makeKey,
  makeSuite,
  packagesText,
  type MadeRecord,
  type TestKey,
} from "../repositories/apt-repository.ts";
import { startFileServer, type FileServer } from "../repositories/file-server.ts";

/** A package of one library, `libours.so.1`, and the symbol version under which it has `answer`. */
export interface MadeLibrary {
  readonly name: string;
  readonly version: string;
  /** Fields of its record: `Depends`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Of its control part. */
  readonly postinst?: string;
}

const folderOfLibraries = "usr/lib/x86_64-linux-gnu";
const madeAt = new Date("2026-01-01T00:00:00Z");
export const signedAt = new Date("2026-11-20T00:00:00Z");

/** A Debian of one suite on a server of this machine, signed with a key that is made for it, and bases that stand on it. */
export class MadeDistribution {
  readonly server: FileServer;
  readonly #work: string;
  readonly #key: TestKey;
  readonly #other: TestKey;

  private constructor(work: string, server: FileServer, keys: readonly [TestKey, TestKey]) {
    this.#work = work;
    this.server = server;
    [this.#key, this.#other] = keys;
  }

  static async start(work: string): Promise<MadeDistribution> {
    const keys = [await makeKey("known", madeAt), await makeKey("other", madeAt)] as const;
    return new MadeDistribution(work, await startFileServer(new Map()), keys);
  }

  /** Compiles the libraries, packs them and signs their index. `by` other: a key that no base knows. */
  async publish(
    libraries: readonly MadeLibrary[],
    { fields, by = "known" }: { readonly fields?: string; readonly by?: "known" | "other" } = {},
  ): Promise<void> {
    this.server.files.clear();
    const records: MadeRecord[] = [];
    for (const one of libraries) {
      const path = `${folderOfLibraries}/libours.so.1`;
      const deb = await makeDeb({
        name: one.name,
        files: [[path, readFileSync(this.#compileLibrary(one.version)), 0o644]],
        ...(one.postinst === undefined ? {} : { control: { postinst: one.postinst } }),
      });
      const Filename = `pool/${one.name}_1_amd64.deb`;
      const SHA256 = createHash("sha256").update(deb).digest("hex");
      this.server.files.set(`/debian/${Filename}`, deb);
      const Size = String(deb.length);
      records.push({ Package: one.name, Version: "1", Filename, Size, SHA256, ...one.fields });
    }
    const names = libraries.map(({ name }) => `libs/${name}`).join(",");
    const { files, release } = makeSuite({
      path: "debian/dists/made",
      packages: { main: packagesText(records) },
      contents: { "main/Contents-amd64": `${folderOfLibraries}/libours.so.1  ${names}` },
      date: signedAt,
      ...(fields === undefined ? {} : { fields }),
    });
    for (const [file, bytes] of files) this.server.files.set(file, bytes);
    const key = by === "known" ? this.#key : this.#other;
    const signed = await clearSign(release, [key], signedAt);
    this.server.files.set("/debian/dists/made/InRelease", signed);
  }

  /** A program that asks libours.so.1 for `answer` of that symbol version. */
  makeProgram(version: string): string {
    const home = mkdtempSync(join(this.#work, "app-"));
    const source = "int answer(void); int main(void) { return answer() - 42; }";
    const program = join(home, "server");
    compile(source, program, [this.#compileLibrary(version)]);
    return program;
  }

  /**
   * A root filesystem with the C library of this machine. `manager`: with apt and the address of the repository; else it is as
   * distroless is. `library`: it has libours.so.1 with that symbol version. `ballastBytes`: what else it weighs.
   */
  makeBase(
    name: string,
    options: {
      readonly manager: boolean;
      readonly library?: string;
      readonly ballastBytes?: number;
    },
  ): string {
    const root = join(this.#work, name);
    const put = (path: string, content: string | Uint8Array, mode = 0o644): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content, { mode });
    };
    const libc = ["/lib64/ld-linux-x86-64.so.2", "/lib/x86_64-linux-gnu/libc.so.6"];
    for (const path of libc) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      cpSync(realpathSync(path), join(root, path));
    }
    // A release that the catalogue does not have: its bases would be builders, and have repositories elsewhere.
    put("etc/os-release", 'ID=debian\nVERSION_ID="99"\nVERSION_CODENAME=made\n');
    const libc6 = "Package: libc6\nVersion: 2.36-9\nArchitecture: amd64\n";
    const dpkg = "Package: dpkg\nVersion: 1\nEssential: yes\nArchitecture: amd64\n";
    const state = "Status: install ok installed";
    if (options.manager) {
      put("usr/bin/apt-get", "#!/bin/sh\n", 0o755);
      put("usr/bin/dpkg", "#!/bin/sh\n", 0o755);
      put("bin/sh", readFileSync(realpathSync("/bin/sh")), 0o755);
      put("etc/apt/sources.list", `deb ${this.server.root}/debian made main\n`);
      put("etc/apt/trusted.gpg.d/made.asc", this.#key.armored);
      put("var/lib/dpkg/status", [libc6, dpkg].map((one) => `${one}${state}\n`).join("\n"));
    } else put("var/lib/dpkg/status.d/libc6", libc6);
    if (options.library !== undefined) {
      put(`${folderOfLibraries}/libours.so.1`, readFileSync(this.#compileLibrary(options.library)));
    }
    put("usr/share/ballast", Buffer.alloc(options.ballastBytes ?? 0));
    return root;
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  #compileLibrary(version: string): string {
    const home = mkdtempSync(join(this.#work, "library-"));
    const script = join(home, "versions");
    writeFileSync(script, `${version} { global: answer; local: *; };\n`);
    const output = join(home, "libours.so.1");
    compile("int answer(void) { return 42; }", output, [
      ...["-shared", "-fPIC", "-Wl,-soname,libours.so.1", `-Wl,--version-script=${script}`],
    ]);
    return output;
  }
}

/** Without what this machine's compiler adds, which a base may not have. */
function compile(source: string, output: string, flags: readonly string[]): void {
  const file = `${output}.c`;
  writeFileSync(file, source);
  execFileSync("gcc", ["-O1", "-o", output, file, ...flags]);
}
