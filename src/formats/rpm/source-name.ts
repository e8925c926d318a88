/** A source package by its file name. */
export interface RpmSource {
  readonly name: string;
  /** `version-release`, without an epoch, which the file name does not have. */
  readonly version: string;
}

/** `NAME-VERSION-RELEASE.src.rpm`: version and release have no hyphen, so the last two count. */
const pattern = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/;

/** Reads the file name of a source package; null when it has another form. Source: rpm, tag SOURCERPM. */
export function parseRpmSource(fileName: string): RpmSource | null {
  const [, name, version] = pattern.exec(fileName) ?? [];
  return name === undefined || version === undefined ? null : { name, version };
}
