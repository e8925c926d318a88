import type { Reader } from "./reader.ts";
import { revisions } from "./revisions.ts";

/** Small files whose whole text later steps read: who the system is, its users, where its loader looks. */
const wanted =
  /^\/(?:usr\/lib\/os-release|etc\/(?:os-release|passwd|group|nsswitch\.conf|ld\.so\.preload|alpine-release))$|\/etc\/ld-musl-[\w-]+\.path$/;

export const textReader: Reader<string> = {
  section: "texts",
  ...revisions.texts,
  sizeBudget: "textFileBytes",
  keepsContent: true,
  wants: ({ path }) => wanted.test(path),
  read: ({ content }) => Buffer.from(content.read(0, content.sizeBytes)).toString("utf8"),
};
