import { parseRpmSource } from "../../formats/rpm/source-name.ts";
import type { RepositoryPackage } from "../package-source.ts";
import { toDigest } from "./fetch-index.ts";
import { addressBelow } from "./mirrors.ts";
import type { YumPackage } from "./yum-universe.ts";

/** The package as all families list it. One whose place leads out of its repository keeps the repository's own address. */
export function toRepositoryPackage({ packed, from }: YumPackage): RepositoryPackage {
  const { name, version, architecture, sourceRpm, downloadBytes, installedBytes } = packed;
  const source = sourceRpm === null ? null : (parseRpmSource(sourceRpm)?.name ?? null);
  const digest = toDigest(packed.checksum);
  return {
    ...{ name, version, architecture, downloadBytes, installedBytes },
    source: source === name ? null : source,
    url: addressBelow(from.url, packed.href, packed.base) ?? from.url,
    checksum: digest === null ? null : { kind: "file", digest },
    repository: from.repository.id,
  };
}
