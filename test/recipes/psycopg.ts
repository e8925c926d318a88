import { cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "../registry/run-command.ts";

const version = "2.9.10";

/**
 * Compiles psycopg2 for CPython 3.13 of Debian 13 from its own sources: its Python files and the extension module are put into
 * `folder`, the name of the module comes back. Headers come from Debian's package, sources from PyPI.
 */
export async function compilePsycopg(work: string, folder: string): Promise<string> {
  mkdirSync(work, { recursive: true });
  await runCommand("curl", ["-sSfLO", await findSource()], work);
  await runCommand("tar", ["xzf", `psycopg2-${version}.tar.gz`], work);
  await unpackHeaders(work);
  const source = join(work, `psycopg2-${version}`);
  cpSync(join(source, "lib"), folder, { recursive: true });
  const module = "_psycopg.cpython-313-x86_64-linux-gnu.so";
  // The others are included by typecast.c.
  const files = readdirSync(join(source, "psycopg")).filter(
    (name) => name.endsWith(".c") && !name.startsWith("typecast_"),
  );
  await runCommand(
    "gcc",
    [
      ...["-O1", "-shared", "-fPIC", "-I.", `-I${work}/headers/usr/include`],
      ...[`-I${work}/headers/usr/include/python3.13`, "-I/usr/include/postgresql"],
      ...[`-DPSYCOPG_VERSION=${version} (dt dec pq3 ext lo64)`, "-DPG_VERSION_NUM=150000"],
      ...["-DHAVE_LO64=1", "-o", join(folder, module)],
      ...files.map((name) => join("psycopg", name)),
      "-lpq",
    ],
    source,
  );
  return module;
}

/** The address of the source archive. */
async function findSource(): Promise<string> {
  const page = await runCommand("curl", ["-sSfL", "https://pypi.org/simple/psycopg2/"]);
  const [, href] = new RegExp(`href="([^"#]+/psycopg2-${version}\\.tar\\.gz)`).exec(page) ?? [];
  if (href === undefined) throw new Error(`PyPI has no source of psycopg2 ${version}`);
  return href;
}

/** libpython3.13-dev of Debian 13, through an apt of its own. */
async function unpackHeaders(work: string): Promise<void> {
  const root = join(work, "apt");
  const folders = ["etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d"];
  const state = ["var/lib/dpkg", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial"];
  for (const name of [...folders, ...state]) mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, "var/lib/dpkg/status"), "");
  const key = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]";
  const source = `deb ${key} http://deb.debian.org/debian trixie main\n`;
  writeFileSync(join(root, "etc/apt/sources.list"), source);
  const options = [
    ...["-o", `Dir=${root}`, "-o", `Dir::State::status=${root}/var/lib/dpkg/status`],
    ...["-o", "APT::Architecture=amd64", "-o", "APT::Sandbox::User=root", "-qq"],
    ...["-o", "Acquire::Languages=none"],
  ];
  await runCommand("apt-get", [...options, "update"]);
  await runCommand("apt-get", [...options, "download", "libpython3.13-dev"], work);
  const [deb = ""] = readdirSync(work).filter((name) => name.endsWith(".deb"));
  await runCommand("dpkg-deb", ["-x", deb, "headers"], work);
}
