/** What a `fromage.yaml` says; every part may be left out. Paths are as they are written, relative to the file's folder. */
export interface Settings {
  /** As `--platform`, for commands that were given none. */
  readonly platforms?: readonly string[];
  /** As `--base`, for commands that were given none. */
  readonly bases?: readonly string[];
  /** As `--offline`. */
  readonly offline?: boolean;
  readonly cache?: CacheSettings;
  readonly registries?: RegistriesSettings;
  readonly packages?: PackagesSettings;
}

export interface CacheSettings {
  /** As `--cache-dir`. */
  readonly folder?: string;
  /** What blobs of registries may take on disk, as `2GB`; `0` keeps none. */
  readonly blobs?: string;
}

export interface PackagesSettings {
  /** Asked instead of addresses that start so: `http://deb.debian.org/debian: file:///srv/debian`. */
  readonly mirrors?: Readonly<Record<string, string>>;
}

export interface RegistriesSettings {
  /** Asked before the registry, in this order: `docker.io: [mirror.example:5000]`. */
  readonly mirrors?: Readonly<Record<string, readonly string[]>>;
  /** `HOST[:PORT]` that may be asked without TLS or with any certificate. */
  readonly insecure?: readonly string[];
  /** PEM files with certificates that are trusted beside the system's. */
  readonly authorities?: readonly string[];
}

/** Something in the file that is not as it should be. */
export interface SettingsProblem {
  /** 1-based. */
  readonly line: number;
  /** 1-based, in characters. */
  readonly column: number;
  /** What was found and what was expected, without a final stop. */
  readonly reason: string;
}
