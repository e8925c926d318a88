import type { View } from "./open-view.ts";

/** A part of what is told of an image in JSON. */
export interface WithOrigin {
  /** Where its name was found, in words: `Docker at unix:///run/docker.sock`, `ghcr.io`. Absent for files. */
  readonly origin?: string;
}

/** To be spread into it. */
export function viewOrigin({ image }: Pick<View, "image">): WithOrigin {
  return image.origin === undefined ? {} : { origin: image.origin };
}
