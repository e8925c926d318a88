/**
 * Keys of the tables of apt: a letter for what is looked up, then its name. The letters are in the order in which they are written. Of Packages files:
 *
 *     p<name>                    a record as JSON, once for each version
 *     v<provided name>           name of a package that provides it, once for each record
 *     w<name>                    when the name was first met, see `MentionOrder`
 *     x                          what was passed over, a Failure as JSON
 *
 * Of Contents files:
 *
 *     f<path>                    the packages that have it, as it stands there; the path without a slash at its front
 *     l<file name>\0<path>       the same, for files that are libraries by their names
 */
const key = (letter: string, name: string): Buffer => Buffer.from(`${letter}${name}`, "utf8");

export const nameKey = (name: string): Buffer => key("p", name);
export const provideKey = (name: string): Buffer => key("v", name);
export const mentionKey = (name: string): Buffer => key("w", name);
export const problemKey = key("x", "");
export const fileKey = (path: string): Buffer => key("f", path);
/** Begins the keys of all libraries of that name. */
export const libraryPrefix = (fileName: string): Buffer => key("l", `${fileName}\0`);

export const fileLetter = 0x66;
export const libraryLetter = "l";
