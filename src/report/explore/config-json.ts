import type { DescribedConfig } from "../../explore/config/run-config.ts";
import { writeJson } from "../json.ts";

export interface ConfigDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly DescribedConfig[];
}

/** Schema: schema/config@1.json. Nothing of layers is read, so there is nothing that could not be. */
export function renderConfigJson({ tool, reference, images }: ConfigDocument): string {
  return writeJson({ schema: "fromage/config@1", tool, reference, images });
}
