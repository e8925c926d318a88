import type { Failure } from "../../model/failure.ts";
import type { TarEntry } from "./member.ts";

/** What a reader of an archive is told, in the order of the archive. Nothing is kept here. */
export interface TarHandler {
  /** One entry. Whether its content is wanted; asked of files only. */
  entry(entry: TarEntry): boolean;
  /** The next bytes of the file that `entry` asked for, holes filled; valid during the call. False: no more of it. */
  content(bytes: Uint8Array): boolean;
  /** The file that `entry` asked for is whole. Not called for one whose content was cut off. */
  endOfFile(): void;
  /** Something was not read: an entry that was passed over, or the end of the archive before its end. */
  problem(failure: Failure): void;
}
