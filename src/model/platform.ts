/** What an image was built for, in Go's words: `linux`, `amd64`, `v8`. Source: OCI image-index.md. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** Other names that people and `uname -m` use. Source: containerd/platforms `database.go`, read 2026-11. */
const architectureAliases: Readonly<Record<string, readonly [string, string?]>> = {
  x86_64: ["amd64"],
  "x86-64": ["amd64"],
  aarch64: ["arm64"],
  i386: ["386"],
  i686: ["386"],
  armhf: ["arm", "v7"],
  armel: ["arm", "v6"],
};

/**
 * Reads `os/architecture[/variant]`, or an architecture alone. `arm64` has no variant here
 * (`v8` is its only one and is left out), `arm` without one is `v7`.
 * Returns null when the text has another form.
 */
export function parsePlatform(text: string): Platform | null {
  const parts = text.trim().toLowerCase().split("/");
  if (parts.length > 3 || parts.some((part) => !/^[a-z0-9_.-]+$/.test(part))) return null;
  const [first, second, third] = parts;
  if (first === undefined) return null;
  return second === undefined
    ? normalisePlatform({ os: "linux", architecture: first })
    : normalisePlatform({
        os: first,
        architecture: second,
        ...(third === undefined ? {} : { variant: third }),
      });
}

/** The one spelling of a platform that is compared and printed. */
export function normalisePlatform(platform: Platform): Platform {
  const alias = architectureAliases[platform.architecture];
  const architecture = alias?.[0] ?? platform.architecture;
  let variant = platform.variant || alias?.[1];
  if (architecture === "arm64" && (variant === "v8" || variant === "8")) variant = undefined;
  if (architecture === "amd64" && variant === "v1") variant = undefined;
  if (architecture === "arm" && variant === undefined) variant = "v7";
  return { os: platform.os, architecture, ...(variant === undefined ? {} : { variant }) };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** Asked for, it stands for every platform that an image has. Nobody can write it: `*` is in no platform's name. */
export const everyPlatform: readonly Platform[] = [{ os: "*", architecture: "*" }];
