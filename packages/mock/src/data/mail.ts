/** A mail that a link can open. */
export interface Mail {
  /** The file name. */
  name: string;
  /** The bytes of the name of a file in a user's folder, as Latin-1: two names may look the same as text. */
  nameBytes?: string;
  /** Its bytes, as they are stored. */
  read(): Promise<Buffer>;
  /** For a mail of many megabytes, which only target 000T123 gets. */
  heavy?: true;
}
