import type { DebPackage } from "../../formats/dpkg/packages-index.ts";
import type { RepositoryPackage } from "../package-source.ts";
import type { AptIndex } from "./apt-index.ts";

/** A record of an index with what its suite adds. Null for one whose file name leads out of the repository. */
export function toRepositoryPackage(index: AptIndex, deb: DebPackage): RepositoryPackage | null {
  const from = index.indexOf(deb);
  if (from === null) return null;
  const { suite } = from.suite;
  const url = packageAddress(suite.uri, deb.filename);
  if (url === null) return null;
  const name = suite.suite.replace(/\/+$/, "");
  return {
    name: deb.name,
    version: deb.version,
    architecture: deb.architecture,
    source: deb.source,
    downloadBytes: deb.downloadBytes,
    installedBytes: deb.installedBytes,
    url,
    checksum: deb.sha256 === null ? null : { kind: "file", digest: `sha256:${deb.sha256}` },
    repository: from.component === null ? name : `${name}/${from.component}`,
  };
}

/** apt quotes what has a meaning of its own in addresses: names of files have `%3a` in them. */
function packageAddress(uri: string, filename: string): string | null {
  const path = filename.replace(/^(?:\.\/)+/, "");
  const parts = path.split("/");
  const isBelow = parts.every((part) => part !== "" && part !== "." && part !== "..");
  if (!isBelow || /[\s\\]/.test(path)) return null;
  return `${uri}/${parts.map((part) => encodeURIComponent(part).replaceAll("%2B", "+").replaceAll("%3A", ":").replaceAll("%3D", "=")).join("/")}`;
}
