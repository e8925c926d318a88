import type { Reader } from "./reader.ts";
import { revisions } from "./revisions.ts";

/** What a text begins with that stands for bytes. */
export const base64Prefix = "base64:";

/** Small files whose whole text later steps read, by folder: their names. */
const wanted: readonly (readonly [folder: string, names: RegExp])[] = [
  // Who the system is, its users, where its loader looks.
  ["/usr/lib", /^os-release$/],
  [
    "/etc",
    /^(?:os-release|passwd|group|nsswitch\.conf|ld\.so\.preload|alpine-release|ld\.so\.conf|debian_version|yum\.conf)$/,
  ],
  ["/etc/ld.so.conf.d", /\.conf$/],
  // Where packages come from, and what is left out of them.
  ["/etc/apt", /^(?:sources\.list|preferences|trusted\.gpg)$/],
  ["/etc/apt/sources.list.d", /\.(?:list|sources)$/],
  ["/etc/apt/preferences.d", /./],
  ["/etc/dpkg", /^dpkg\.cfg$/],
  ["/etc/dpkg/dpkg.cfg.d", /./],
  ["/etc/apk", /^(?:repositories|arch|world)$/],
  ["/etc/apk/repositories.d", /./],
  ["/usr/lib/apk/repositories.d", /./],
  ["/etc/yum.repos.d", /\.repo$/],
  ["/etc/yum/vars", /./],
  ["/etc/dnf", /^dnf\.conf$/],
  ["/etc/dnf/vars", /./],
  ["/etc/dnf/modules.d", /\.module$/],
  // Who may sign them.
  ["/etc/apk/keys", /./],
  ["/usr/share/apk/keys", /./],
  ["/etc/pki/rpm-gpg", /./],
  ["/etc/apt/trusted.gpg.d", /./],
  ["/etc/apt/keyrings", /./],
  ["/usr/share/keyrings", /\.(?:gpg|asc|pgp)$/],
];
const wantedNames = new Map(wanted);

/** Where musl looks for libraries: beside its loader, wherever a tree of its own stands. */
const muslPath = /\/etc\/ld-musl-[\w-]+\.path$/;

/**
 * Small files that matter. A key ring in the binary form of OpenPGP (it begins with a byte from 0x80 on) is kept as `base64:` and its
 * bytes in base64. Source of that byte: RFC 9580, 4.2.
 */
export const textReader: Reader<string> = {
  section: "texts",
  ...revisions.texts,
  sizeBudget: "textFileBytes",
  keepsContent: true,
  wants({ path }) {
    const slash = path.lastIndexOf("/");
    const names = wantedNames.get(path.slice(0, slash));
    return names?.test(path.slice(slash + 1)) === true || muslPath.test(path);
  },
  read({ entry, content }) {
    const bytes = Buffer.from(content.read(0, content.sizeBytes));
    const isBinary = isKeyFile(entry.path) && (bytes[0] ?? 0) >= 0x80;
    return isBinary ? base64Prefix + bytes.toString("base64") : bytes.toString("utf8");
  },
};

function isKeyFile(path: string): boolean {
  return /\/(?:keyrings|rpm-gpg|keys|trusted\.gpg(?:\.d)?)(?:\/|$)/.test(path);
}
