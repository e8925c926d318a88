import type { View } from "../../explore/open-view.ts";
import { formatPlatform } from "../../model/platform.ts";

/** A line that says of which platform what follows is, where there are several; else nothing. */
export function platformHeading(view: View, views: readonly View[]): string {
  if (views.length < 2) return "";
  const gap = view === views[0] ? "" : "\n";
  return `${gap}${formatPlatform(view.image.platform)}:\n`;
}
