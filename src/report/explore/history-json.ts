import type { HistoryLine, ImageHistory } from "../../explore/history/history.ts";
import type { WithOrigin } from "../../explore/view-origin.ts";
import type { Failure } from "../../model/failure.ts";
import { orderFailure, writeJson } from "../json.ts";

/** How one platform's image was built. */
export interface HistoryData extends WithOrigin {
  /** Null for a root filesystem, which does not say for what it is. */
  readonly platform: string | null;
  readonly digest: string | null;
  /** Id of the known base at the bottom and how many layers it has; null when there is none. */
  readonly base: { readonly id: string; readonly layers: number } | null;
  readonly history: ImageHistory;
  readonly failures: readonly Failure[];
}

export interface HistoryDocument {
  readonly tool: string;
  readonly reference: string;
  readonly images: readonly HistoryData[];
}

/** Steps in the order of the build. Schema: schema/history@1.json. */
export function renderHistoryJson({ tool, reference, images }: HistoryDocument): string {
  return writeJson({
    schema: "fromage/history@1",
    tool,
    reference,
    images: images.map(({ platform, origin, digest, base, history, failures }) => ({
      platform,
      ...(origin === undefined ? {} : { origin }),
      digest,
      base,
      state: history.state,
      steps: history.lines.map(stepData),
      failures: failures.map(orderFailure),
    })),
  });
}

function stepData(line: HistoryLine): object {
  const { created, createdBy, command, comment, isEmptyLayer, isBase, layer } = line;
  return { created, createdBy, command, comment, isEmptyLayer, isBase, layer };
}
