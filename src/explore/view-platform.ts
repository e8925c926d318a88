import { formatPlatform } from "../model/platform.ts";
import type { View } from "./open-view.ts";

/** `linux/amd64`; null for a root filesystem, which does not say for what it is. */
export function viewPlatform({ image, base }: Pick<View, "image" | "base">): string | null {
  const isBare = image.source === "rootfs" && base === null;
  return isBare ? null : formatPlatform(image.platform);
}
