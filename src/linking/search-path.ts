/** Joins a directory of a search path and a name as loaders do; a relative one starts at the working directory. */
export function placeIn(directory: string, name: string, workingDirectory: string): string {
  const absolute = toAbsolute(directory, workingDirectory);
  return absolute === "/" ? `/${name}` : `${absolute}/${name}`;
}

export function toAbsolute(path: string, workingDirectory: string): string {
  const absolute = path.startsWith("/") ? path : `${workingDirectory}/${path}`;
  return normalise(absolute);
}

/** Without double or trailing slashes and `.`; `..` is left to whoever follows links. */
function normalise(path: string): string {
  if (!/\/\/|\/\.(?:\/|$)|\/$/.test(path)) return path;
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  return `/${parts.join("/")}`;
}

export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}
