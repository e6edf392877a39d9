import { createHash } from "node:crypto";
import { KeepError } from "../words/keep-error.ts";
import { UnwritableError } from "../words/store-failures.ts";

/** What is known of stored bytes. */
export interface Stored {
  bytes: number;
  sha256: string;
}

export async function hashOf(body: AsyncIterable<Uint8Array>): Promise<Stored> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Lines as they are written to a file, each with its end. */
export async function* bytesOfLines(
  lines: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  for await (const line of lines) yield Buffer.from(`${line}\n`);
}

/** All bytes of a file, as a text. */
export async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  return (await bytesOf(bytes)).toString();
}

export async function bytesOf(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes));
}

/** There is something else where a file should be. */
export class NoFileError extends KeepError {}

/** One file cannot be read, in a store that answers. */
export class UnreadableError extends UnwritableError {
  /** The store's error code. */
  readonly why: string;

  constructor(path: string, why: string, options: ErrorOptions) {
    super(`${path} cannot be read: ${why}.`, options);
    this.why = why;
  }
}

/** Where mails are, by paths with `/` in between. A path is written once, and never holds an incomplete file. */
export interface Store {
  /** Writes a file. If the path is taken, the file there stays, and its facts are returned. */
  put(path: string, body: AsyncIterable<Uint8Array>): Promise<Stored>;
  /** What is at a path; undefined when nothing is. Rejects with NoFileError where that cannot be a file. */
  look(path: string): Promise<Stored | undefined>;
  has(path: string): Promise<boolean>;
  /** Makes everything durable that was put. */
  flush(): Promise<void>;
  read(path: string): AsyncIterable<Uint8Array>;
  remove(path: string): Promise<void>;
  /** All paths below a folder of the store, without unfinished files. */
  list(folder: string): AsyncIterable<string>;
  /** The names at the top of the store, without unfinished files. */
  names(): Promise<string[]>;
  /** Writes a file whole or not at all, a line at a time, over the one that is there. Returns its SHA-256. */
  write(path: string, lines: Iterable<string> | AsyncIterable<string>): Promise<string>;
  /** Removes unfinished files, as a killed run leaves them. Only for when no other process works here. */
  sweep(): Promise<void>;
  close(): Promise<void>;
}
