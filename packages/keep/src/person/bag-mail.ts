import type { KnownArchive } from "../words/rows.ts";

/** A kept mail, and its name in the bag. */
export interface BagMail extends KnownArchive {
  name: string;
}
