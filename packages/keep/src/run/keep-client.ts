import type { ArchivesClient } from "@np6-archives/client";

/**
 * What keep needs of an `ArchivesClient`. The class itself has private members, so TypeScript would refuse that of a
 * CommonJS module here.
 */
export type KeepClient = Pick<
  ArchivesClient,
  "listByTarget" | "listByActionAndTarget" | "listByStamp" | "download"
>;
