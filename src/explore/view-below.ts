import { mergeLazily } from "../image/merge.ts";
import type { View } from "./open-view.ts";

/** The image as it was when only the layers up to `index` (0 is the bottom) were there; null when it has no such layer. */
export function viewUpTo(view: View, index: number): View | null {
  if (index >= view.layers.length) return null;
  const layers = view.layers.slice(0, index + 1);
  return { ...view, layers, rootfs: mergeLazily(layers, view.elf) };
}
