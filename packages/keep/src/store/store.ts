/** What is known of stored bytes. */
export interface Stored {
  bytes: number;
  sha256: string;
  /** Whether this call wrote them; false: the path was taken, and what is there was hashed instead. */
  written: boolean;
}

/** Where mails are, by paths with `/` in between. A path is written once, and nothing is there half. */
export interface Store {
  put(path: string, body: AsyncIterable<Uint8Array>): Promise<Stored>;
  /** What is at a path, as `put` tells it; undefined when nothing is. */
  look(path: string): Promise<Stored | undefined>;
  has(path: string): Promise<boolean>;
  /** Makes all durable that was put. */
  flush(): Promise<void>;
  read(path: string): AsyncIterable<Uint8Array>;
  remove(path: string): Promise<void>;
  list(): AsyncIterable<string>;
  close(): Promise<void>;
}
