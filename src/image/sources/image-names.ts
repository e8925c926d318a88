import { failed, success, type Failure, type Result } from "../../model/failure.ts";

/** One of the images that a layout or archive holds. */
export interface NamedImage {
  /** What people called it; none is possible. */
  readonly names: readonly string[];
  /** The same for the same image, under whatever name: a digest, or the name of its config. */
  readonly identity: string;
}

export interface NameRequest {
  /** A whole name, or its end behind `:` or `/`; null: the only image there is. */
  readonly tag: string | null;
  readonly where: string;
  /** How a reference names one of several, for failures: `:TAG`. */
  readonly hint: string;
}

/**
 * The images under a name; several only where they are the platforms of one image, which have one name. A whole name wins over the
 * end of one. No such name, or several images that it could be, is `not-found` with the names there are.
 */
export function chooseByName<Item extends NamedImage>(
  images: readonly Item[],
  { tag, where, hint }: NameRequest,
): Result<readonly Item[]> {
  const isNamed =
    (isIt: (name: string) => boolean) =>
    ({ names }: Item): boolean =>
      names.some(isIt);
  const isWhole = (name: string): boolean => name === tag;
  const isEnd = (name: string): boolean =>
    isWhole(name) || name.endsWith(`:${tag ?? ""}`) || name.endsWith(`/${tag ?? ""}`);
  const whole = images.filter(isNamed(isWhole));
  const found = tag === null ? images : whole.length > 0 ? whole : images.filter(isNamed(isEnd));
  const isAsked = tag === null ? () => true : isEnd;
  if (found.length === 0 && images.length > 0) {
    return failed(notThere(`image ${tag ?? ""}`, where, images));
  }
  const merged = mergeNames(found, isAsked);
  const [first] = merged;
  const isOne = merged.every(({ names }) => names.join() === first?.names.join());
  return isOne
    ? success(merged.map(({ item }) => item))
    : failed(notThere(`one image alone; name it with ${hint}`, where, found));
}

/** An image that was given two names is listed twice; its names that were asked for, sorted. */
function mergeNames<Item extends NamedImage>(
  images: readonly Item[],
  isAsked: (name: string) => boolean,
): readonly { readonly item: Item; readonly names: readonly string[] }[] {
  const byIdentity = new Map<string, { item: Item; names: Set<string> }>();
  for (const item of images) {
    const known = byIdentity.get(item.identity) ?? { item, names: new Set<string>() };
    for (const name of item.names) if (isAsked(name)) known.names.add(name);
    byIdentity.set(item.identity, known);
  }
  return [...byIdentity.values()].map(({ item, names }) => ({
    item,
    names: [...names].toSorted(),
  }));
}

function notThere(what: string, where: string, images: readonly NamedImage[]): Failure {
  const names = images.flatMap((image) => image.names);
  return { kind: "not-found", what, where, near: [...new Set(names)].toSorted() };
}
