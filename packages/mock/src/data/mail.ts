/** A mail that a link can open. */
export interface Mail {
  /** The file name. */
  name: string;
  /** Its bytes, one letter each, for a file of a user's folder: the names of two may read the same. */
  nameBytes?: string;
  /** Its bytes, as they are stored. */
  read(): Promise<Buffer>;
  /** True for a mail of many megabytes, which only target 000T123 gets. */
  heavy?: true;
}
