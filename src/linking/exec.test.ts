import { describe, expect, it } from "vitest";
import { memoryRootfs } from "../../test/memory-rootfs.ts";
import { findInPath } from "./exec.ts";
import { plainEnvironment } from "./linker.ts";
import { testRules, type RuleCase } from "./testdata/cases.ts";

/** A program that exits with 3, and one that is `env`-like enough: it starts its first argument found in PATH. */
const program = `exe app/main 'int main(void) { return 3; }'\n`;
const env = `exe usr/bin/env '#include <unistd.h>
int main(int n, char **v) { execvp(v[1], v + 1); return 44; }' -static\n`;
const script = (path: string, line: string, mode = "755"): string =>
  `printf '#!${line}\\n' | file ${path} ${mode}\n`;
const absent = (interpreter: string) => ({
  subject: { code: "interpreter-missing", interpreter, reason: "absent" },
});
const blank = (count: number): string => " ".repeat(count);

const rules: readonly RuleCase[] = [
  {
    rule: "kernel: a program with its interpreter and libraries starts",
    recipe: program,
    finds: [],
    real: 3,
  },
  {
    rule: "kernel: a program that is not there",
    recipe: "",
    finds: [{ subject: { code: "program-missing", name: "/app/main" } }],
    real: /execve \/app\/main: No such file or directory/,
  },
  {
    rule: "kernel: a missing interpreter is ENOENT of the program",
    recipe: `${program} patchelf --set-interpreter /lib/ld-musl-x86_64.so.1 app/main`,
    finds: [{ subject: { code: "loader-missing", interpreter: "/lib/ld-musl-x86_64.so.1" } }],
    real: /execve \/app\/main: No such file or directory/,
  },
  {
    rule: "kernel: an interpreter that is a link to nothing",
    recipe: `${program} ln -sf ../none lib64/ld-linux-x86-64.so.2`,
    finds: [{ subject: { code: "loader-missing", linkTarget: "../none" } }],
    real: /No such file or directory/,
  },
  {
    rule: "kernel: the interpreter is found through links inside the root",
    recipe: `${program} mkdir -p a/b; ln -s /lib64 a/b/c; patchelf --set-interpreter /a/b/../b/c/ld-linux-x86-64.so.2 app/main`,
    finds: [],
    real: 3,
  },
  {
    rule: "kernel: a directory as interpreter is refused",
    recipe: `${program} patchelf --set-interpreter /tmp app/main`,
    finds: [
      { subject: { code: "loader-unusable", interpreter: "/tmp", reason: "not-executable" } },
    ],
    real: /execve \/app\/main: Permission denied/,
  },
  {
    rule: "kernel: an interpreter that may not be executed is refused",
    recipe: `${program} cp lib64/ld-linux-x86-64.so.2 app/ld; chmod 644 app/ld; patchelf --set-interpreter /app/ld app/main`,
    finds: [{ subject: { code: "loader-unusable", reason: "not-executable" } }],
    real: /Permission denied/,
  },
  {
    rule: "kernel: an interpreter of another machine is refused",
    recipe: `${program} cp lib64/ld-linux-x86-64.so.2 app/ld; poke app/ld 18 '\\267'; patchelf --set-interpreter /app/ld app/main`,
    finds: [{ subject: { code: "loader-unusable", reason: "other-machine" } }],
    real: /Accessing a corrupted shared library/,
  },
  {
    rule: "kernel: a script as interpreter of an ELF file is refused",
    recipe: `${program} ${script("app/ld", `/bin/sh ${blank(200)}x`)} patchelf --set-interpreter /app/ld app/main`,
    finds: [{ subject: { code: "loader-unusable", reason: "not-elf" } }],
    real: /Accessing a corrupted shared library/,
  },
  {
    rule: "kernel: a relative interpreter starts at the working directory",
    recipe: `${program} cp lib64/ld-linux-x86-64.so.2 app/ld; patchelf --set-interpreter ./ld app/main`,
    environment: { workingDirectory: "/app" },
    finds: [],
    real: 3,
  },
  {
    rule: "kernel: a program without the right to execute is refused",
    recipe: `${program} chmod 644 app/main`,
    finds: [{ subject: { code: "not-executable", path: "/app/main", modeOctal: "0644" } }],
    real: /Permission denied/,
  },
  {
    rule: "kernel: a directory is no program",
    recipe: "mkdir app/main",
    finds: [{ subject: { code: "not-executable" } }],
    real: /Permission denied/,
  },
  {
    rule: "kernel: a link that loops is no program",
    recipe: "ln -s main app/main",
    finds: [{ subject: { code: "program-missing" } }],
    real: /Too many levels of symbolic links/,
  },
  {
    rule: "kernel: neither ELF nor script is an unknown format",
    recipe: `echo 'echo hello' | file app/main 755`,
    finds: [{ subject: { code: "format-unknown", path: "/app/main" } }],
    real: /Exec format error/,
  },
  {
    rule: "kernel: an empty file is an unknown format",
    recipe: `file app/main 755 < /dev/null`,
    finds: [{ subject: { code: "format-unknown" } }],
    real: /Exec format error/,
  },
  {
    rule: "kernel: an object file is an unknown format",
    recipe: `echo 'int x;' | $CC -x c - -c -o app/main; chmod 755 app/main`,
    finds: [{ subject: { code: "format-unknown" } }],
    real: /Exec format error/,
  },
  {
    rule: "kernel: static-pie needs no interpreter",
    recipe: `exe app/main 'int main(void) { return 5; }' -static-pie`,
    finds: [],
    real: 5,
  },
  {
    rule: "kernel: a static program needs nothing",
    recipe: `rm -r lib lib64; exe app/main 'int main(void) { return 5; }' -static`,
    finds: [],
    real: 5,
  },
  {
    rule: "kernel: a program that needs no library still needs its interpreter (Go PIE)",
    recipe: `exe app/main 'void _start(void) { __asm__("mov $60,%eax;mov $6,%edi;syscall"); }' -nostdlib -pie; rm -r lib64`,
    finds: [
      { severity: "blocks", subject: { code: "loader-missing" } },
      { severity: "note", subject: { code: "loader-unneeded", present: false } },
    ],
    real: /No such file or directory/,
  },
  {
    rule: "kernel: a program that needs no library starts through its interpreter (Go PIE)",
    recipe: `exe app/main 'void _start(void) { __asm__("mov $60,%eax;mov $6,%edi;syscall"); }' -nostdlib -pie`,
    finds: [{ severity: "note", subject: { code: "loader-unneeded", present: true } }],
    real: 6,
  },
  {
    rule: "shebang: the interpreter is started",
    recipe: `${program} ${script("app/run", "/app/main")}`,
    program: "/app/run",
    finds: [],
    real: 3,
  },
  {
    rule: "shebang: a missing interpreter is ENOENT of the script",
    recipe: script("app/main", "/bin/bash"),
    finds: [absent("/bin/bash")],
    real: /execve \/app\/main: No such file or directory/,
  },
  {
    rule: "shebang: a carriage return is part of the interpreter's name",
    recipe: `${program} ${script("app/run", "/app/main\\r")}`,
    program: "/app/run",
    finds: [{ subject: { code: "interpreter-missing", reason: "carriage-return" } }],
    real: /No such file or directory/,
  },
  {
    rule: "shebang: a carriage return after an argument is part of the argument",
    recipe: `${program} ${script("app/run", "/app/main -x\\r")}`,
    program: "/app/run",
    finds: [],
    real: 3,
  },
  {
    rule: "shebang: blanks before the interpreter are skipped",
    recipe: `${program} ${script("app/run", " \\t /app/main  ")}`,
    program: "/app/run",
    finds: [],
    real: 3,
  },
  {
    rule: "shebang: a line that names nothing is an unknown format",
    recipe: script("app/main", "  "),
    finds: [{ subject: { code: "format-unknown" } }],
    real: /Exec format error/,
  },
  {
    rule: "shebang: a relative interpreter starts at the working directory",
    recipe: `${program} ${script("app/run", "main")}`,
    program: "/app/run",
    environment: { workingDirectory: "/app" },
    finds: [],
    real: 3,
  },
  {
    rule: "shebang: an interpreter that may not be executed is refused",
    recipe: `${program} chmod 644 app/main; ${script("app/run", "/app/main")}`,
    program: "/app/run",
    finds: [{ subject: { code: "interpreter-missing", reason: "not-executable" } }],
    real: /Permission denied/,
  },
  {
    rule: "shebang: a script that may not be executed is refused",
    recipe: `${program} ${script("app/run", "/app/main", "644")}`,
    program: "/app/run",
    finds: [{ subject: { code: "not-executable", modeOctal: "0644" } }],
    real: /Permission denied/,
  },
  {
    rule: "shebang: an interpreter may be a script, five deep",
    recipe: `${program} ${script("app/s1", "/app/main")} for n in 2 3 4 5; do printf '#!/app/s%s\\n' $((n-1)) | file app/s$n 755; done`,
    program: "/app/s5",
    finds: [],
    real: 3,
  },
  {
    rule: "shebang: six scripts deep is a loop",
    recipe: `${program} ${script("app/s1", "/app/main")} for n in 2 3 4 5 6; do printf '#!/app/s%s\\n' $((n-1)) | file app/s$n 755; done`,
    program: "/app/s6",
    finds: [{ subject: { code: "interpreter-missing", reason: "loop" } }],
    real: /Too many levels of symbolic links/,
  },
  {
    rule: "shebang: a script that is its own interpreter is a loop",
    recipe: script("app/main", "/app/main"),
    finds: [{ subject: { code: "interpreter-missing", reason: "loop" } }],
    real: /Too many levels of symbolic links/,
  },
  {
    rule: "shebang: the line may be 255 bytes with its end",
    recipe: `${program} ${script("app/run", `${blank(244)}/app/main`)}`,
    program: "/app/run",
    finds: [],
    real: 3,
  },
  {
    rule: "shebang: an interpreter that the 256 bytes cut off is an unknown format",
    recipe: `${program} ${script("app/run", `${blank(246)}/app/main`)}`,
    program: "/app/run",
    finds: [{ subject: { code: "format-unknown" } }],
    real: /Exec format error/,
  },
  {
    rule: "shebang: an argument that the 256 bytes cut off does no harm",
    recipe: `${program} ${script("app/run", `/app/main ${"x".repeat(300)}`)}`,
    program: "/app/run",
    finds: [],
    real: 3,
  },
  {
    rule: "shebang: a NUL byte ends the interpreter's name",
    recipe: `${program} ${script("app/run", "/app/main\\000junk")}`,
    program: "/app/run",
    finds: [],
    real: 3,
  },
  {
    rule: "env: the program is looked up in PATH",
    recipe: `${env} ${program} ${script("app/run", "/usr/bin/env main")}`,
    program: "/app/run",
    environment: { path: "/none:/app" },
    finds: [],
    real: 3,
  },
  {
    rule: "env: it is not there",
    recipe: `${program} ${script("app/run", "/usr/bin/env main")}`,
    program: "/app/run",
    environment: { path: "/app" },
    finds: [absent("/usr/bin/env")],
    real: /No such file or directory/,
  },
];

testRules("planExec()", rules, { base: "glibc" });

describe("findInPath()", () => {
  const rootfs = memoryRootfs({
    "/a/x": { content: "", mode: 0o644 },
    "/b/x": { content: "", mode: 0o755 },
    "/w/x": { content: "", mode: 0o755 },
    "/c/x": { directory: true },
  });
  it.each([
    ["passes over what may not be executed", "/a:/c:/b", "/b/x"],
    ["takes an empty part for the working directory", ":/b", "/w/x"],
    ["finds nothing", "/none", null],
  ])("%s", (_, path, expected) => {
    const environment = { ...plainEnvironment, path, workingDirectory: "/w" };
    expect(findInPath(rootfs, "x", environment)).toBe(expected);
  });
});
