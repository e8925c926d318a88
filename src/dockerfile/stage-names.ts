/** Names of the stages of a Dockerfile. */
export interface StageNames {
  readonly app: string;
  readonly base: string;
  readonly packages: string;
}

/**
 * Names that no FROM takes for one of the images: a stage hides an image of its name in every line after it.
 * Source: Docker's Dockerfile reference, FROM; names of stages are compared in lower case.
 */
export function stageNames(references: readonly (string | null)[]): StageNames {
  const taken = new Set(references.map((reference) => reference?.toLowerCase()));
  const free = (...names: readonly string[]): string => {
    return names.find((name) => !taken.has(name)) ?? `${names[0] ?? ""}-stage`;
  };
  return {
    app: free("app", "target", "app-image"),
    base: free("base", "chosen", "base-image"),
    packages: free("packages", "added", "package-files"),
  };
}
