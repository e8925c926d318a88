/**
 * What reading hostile or broken input may cost: every limit there is, in one object that goes from `openImages` and
 * `readLayers` down to the parsers. A budget that is used up is an `over-limit` failure with its `limit`; what was read so far
 * is kept, and the result is partial. Each parser takes the part that it needs and has `defaultBudgets` without it. Sound input
 * is far below all of them. Limits that are part of a format or of the kernel (40 links, 255 bytes of a name) are not here.
 */
export interface Budgets extends LayerBudgets, ImageBudgets, FileBudgets, ParserBudgets {}

/** Of one layer. */
export interface LayerBudgets {
  /** Entries of the archive, or files and folders of a directory. This many come to 0.5 GB of memory. */
  readonly entries: number;
  /** Names and link targets together, a byte for each character of their text: half a million of 4,096 would be 2 GB. */
  readonly nameBytes: number;
  /** Bytes of the uncompressed stream, with the holes of sparse files that were looked into. */
  readonly inflatedBytes: number;
  /** Uncompressed to compressed; judged only above `ratioFloorBytes` uncompressed bytes. Zeros under gzip come to 1030. */
  readonly ratio: number;
  readonly ratioFloorBytes: number;
  /** Size of one file that has to be put into a temporary file to be looked into. */
  readonly spoolBytes: number;
  /** Bytes of the files whose content is kept as facts: texts, package databases, loader caches. */
  readonly factBytes: number;
  /** Failures that are listed one by one, of the layer and of each of its sections. */
  readonly failures: number;
}

/** Of one image, or of the archive or layout around it. */
export interface ImageBudgets {
  /** Layers. Engines make at most 127 or so; a hostile manifest names the same blob a million times. Source: moby layer store, maxLayerDepth. */
  readonly layers: number;
  /** Entries of all layers together. */
  readonly imageEntries: number;
  /** Directories of the merged root that no entry names: one name of 4,096 bytes can stand for 2,048 of them. */
  readonly impliedDirectories: number;
  /** Manifests of an index, images of a docker-archive. */
  readonly manifests: number;
  /** Indexes in indexes: a build of several platforms has one level. */
  readonly indexLevels: number;
  /** Bytes of one JSON document. Manifests and configs are a few kilobytes; registries refuse more than 4 MiB. */
  readonly jsonBytes: number;
  /** Bytes of all JSON documents that are read to open a reference: each of 1,000 manifests can name a config of 16 MiB. */
  readonly allJsonBytes: number;
  /** Lists and objects in each other in one JSON document: who writes it out again needs stack for each. */
  readonly jsonLevels: number;
  /** Members of an archive of layers; a root filesystem is known by its first ones. */
  readonly members: number;
}

/** Size of a file that a reader looks into, in bytes. */
export interface FileBudgets {
  readonly elfFileBytes: number;
  /** Files whose whole text is kept. */
  readonly textFileBytes: number;
  readonly loaderCacheBytes: number;
  /** A database is read page by page, */
  readonly databaseBytes: number;
  /** one in text line by line, but as a whole. */
  readonly textDatabaseBytes: number;
}

/** Of one call of a parser. Counts of what it does, not a clock: the same input gives the same answer on every machine. */
export interface ParserBudgets {
  /** tar: one PAX header or long name. Source: Go archive/tar common.go, `maxSpecialFileSize`. */
  readonly extendedHeaderBytes: number;
  /** tar: stored pieces of one sparse file; ten million would be memory without use. */
  readonly sparsePieces: number;
  /** zstd: frames of one stream. Layers made for lazy pulling have one per file; an empty one takes 9 bytes. */
  readonly zstdFrames: number;
  /** ELF: bytes of all tables that are read, as a multiple of the file. Sound ones read each byte two or three times. */
  readonly elfReadRatio: number;
  /** ELF: the strings that stand for themselves: needed names, paths, versions. Sound ones have some kilobytes. */
  readonly elfTextBytes: number;
  /** ELF: dynamic symbols; of a longer table the rest is cut and the facts say so. */
  readonly elfSymbols: number;
  /** ELF: records of symbol versions, whose chains may lie over each other; sound files have some hundreds. */
  readonly elfVersionRecords: number;
  /** ld.so.cache: bytes of all strings, as a multiple of the file. Sound ones name each string once or twice. */
  readonly cacheTextRatio: number;
  /** Packages of one database, diversions of one file; the biggest installations have some 10,000. */
  readonly packages: number;
  /** Paths of one package database; a full desktop has about 400,000. */
  readonly packagePaths: number;
  /** Their length together, a byte for each character. Directory and name are stored apart, so that a small database can spell out a huge one. */
  readonly packagePathBytes: number;
}

const [kilo, mega, giga] = [1024, 1024 ** 2, 1024 ** 3];

/** What holds where nobody says otherwise. */
export const defaultBudgets: Budgets = Object.freeze({
  entries: 500_000,
  nameBytes: 128 * mega,
  inflatedBytes: 64 * giga,
  ratio: 250,
  ratioFloorBytes: giga,
  spoolBytes: 4 * giga,
  factBytes: 512 * mega,
  failures: 1000,
  layers: 1000,
  imageEntries: 2_000_000,
  impliedDirectories: 500_000,
  manifests: 1000,
  indexLevels: 4,
  jsonBytes: 16 * mega,
  allJsonBytes: 128 * mega,
  jsonLevels: 200,
  members: 200_000,
  elfFileBytes: 2 * giga,
  textFileBytes: mega,
  loaderCacheBytes: 16 * mega,
  databaseBytes: 256 * mega,
  textDatabaseBytes: 64 * mega,
  extendedHeaderBytes: mega,
  sparsePieces: 100_000,
  zstdFrames: 1_000_000,
  elfReadRatio: 32,
  elfTextBytes: 16 * mega,
  elfSymbols: 4_000_000,
  elfVersionRecords: 64 * kilo,
  cacheTextRatio: 8,
  packages: 200_000,
  packagePaths: 4_000_000,
  packagePathBytes: 256 * mega,
});

/** The defaults with some of them replaced. */
export function withBudgets(replaced: Partial<Budgets> = {}): Budgets {
  return { ...defaultBudgets, ...replaced };
}
