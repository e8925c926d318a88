import { blocksLoad, type LinkProblem, type LoadedObject } from "./process.ts";

/**
 * Objects of which a part is not there or was not read: nothing that they do is proved. A file that was cut off is
 * mapped all the same, and kills who touches the missing part. Source: mmap(2), SIGBUS.
 */
export function checkWhole(objects: readonly LoadedObject[]): readonly LinkProblem[] {
  return objects.flatMap(({ path, facts: { isCutOff, isTruncated } }) => {
    if (isCutOff) {
      const reason = "the file ends before what is loaded of it does";
      return [blocksLoad({ code: "not-read", path, reason })];
    }
    if (!isTruncated) return [];
    const reason = "its symbol tables are larger than what is read of them";
    return [blocksLoad({ code: "not-read", path, reason })];
  });
}
