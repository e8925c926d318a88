import type { Failure } from "../../../model/failure.ts";
import type { HostCertificates } from "./certificates.ts";
import type { DaemonJson } from "./parse-daemon-json.ts";
import type { RegistriesConf } from "./registries-conf.ts";

/** How registries are reached from this machine: what its files say, and over them what the user told this program. */
export interface RegistrySettings {
  readonly overrides: RegistryOverrides;
  readonly conf: RegistriesConf;
  readonly docker: readonly DockerSettings[];
  /** Certificates for `HOST[:PORT]`, looked for once per host, when it is asked for. */
  readonly certificatesOf: (host: string) => HostCertificates;
  /** Every settings file that was there, as people write its path, in the order they were read. */
  readonly sources: readonly string[];
  /** Files that could not be read or are wrong: what they say of registries is missing. */
  readonly problems: readonly Failure[];
}

/** One daemon.json. */
export interface DockerSettings extends DaemonJson {
  readonly source: string;
}

/** Settings of `fromage.yaml` and the command line. */
export interface RegistryOverrides {
  /** By `HOST[:PORT]`: `HOST[:PORT][/PATH]` of mirrors in order. They stand instead of those of files; an empty list is none. */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
  /** `HOST[:PORT]` that may be asked without TLS or with any certificate. */
  readonly insecure: readonly string[];
  /** PEM texts of certificates that are trusted, by every host, beside the system's. */
  readonly authorities: readonly string[];
  /** Told as the source of endpoints that come from here: `fromage.yaml`. */
  readonly source: string;
}

export const noOverrides: RegistryOverrides = {
  mirrors: {},
  insecure: [],
  authorities: [],
  source: "fromage.yaml",
};
