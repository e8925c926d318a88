import { success, type Result } from "../../../model/failure.ts";
import { listAt } from "../../sources/json.ts";
import type { Channel } from "./channel.ts";
import { readPages } from "./pages.ts";

export interface TagList {
  /** By code units: not every registry has an order. What is no tag by the grammar is left out: it could not be asked for. */
  readonly tags: readonly string[];
  /** False: there are more than were asked for. */
  readonly isWhole: boolean;
}

export interface TagsAsk {
  /** Most tags. */
  readonly limit: number;
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

/** ECR takes no more. Source: Amazon ECR API, ListImages, maxResults. */
const maxPageTags = 1000;

/** Source: distribution-spec, "Pulling manifests". */
export function isTag(text: unknown): text is string {
  return typeof text === "string" && /^\w[\w.-]{0,127}$/.test(text);
}

export async function listTags(
  channel: Channel,
  { limit, what, signal }: TagsAsk,
): Promise<Result<TagList>> {
  const path = `tags/list?n=${Math.min(limit, maxPageTags)}`;
  const tags = new Set<string>();
  for await (const page of readPages(channel, { path, what, signal })) {
    // A list that goes on for ever is as good as one that was cut at the limit.
    if (!page.ok && page.failure.kind === "over-limit") break;
    if (!page.ok) return page;
    for (const tag of listAt(page.value.json, "tags") ?? []) if (isTag(tag)) tags.add(tag);
    if (tags.size > limit) break;
  }
  return success({ tags: [...tags].slice(0, limit).toSorted(), isWhole: tags.size <= limit });
}
