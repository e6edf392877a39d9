import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { KeepError, invalid } from "../words/keep-error.ts";

/** What a worklist is read from: the path of a file, `-` for the standard input, or a stream of bytes or of text. */
export type WorklistSource = string | AsyncIterable<Uint8Array | string>;

/**
 * The name of a worklist in the ledger, the same however the file's path is written. It is a hash, since the path may
 * name somebody.
 *
 * @throws KeepError for what is no source.
 */
export function nameOf(source: WorklistSource): string {
  if (typeof source !== "string" && !source?.[Symbol.asyncIterator]) {
    throw invalid("--worklist", "a path, - or a stream", source);
  }
  const path = pathOf(source);
  return path === undefined ? "-" : createHash("sha256").update(resolve(path)).digest("hex");
}

/** The path of a worklist that can be read again; undefined for a stream. */
export function pathOf(source: WorklistSource): string | undefined {
  return typeof source === "string" && source !== "-" ? source : undefined;
}

/**
 * The source with a listener for errors: a stream may fail while the ledger is waited for, and without a listener that
 * would end the process.
 */
export function withErrorListener(source: WorklistSource): WorklistSource {
  if (pathOf(source) !== undefined) return source;
  const stream = source === "-" ? process.stdin : (source as AsyncIterable<Uint8Array | string>);
  (stream as Partial<NodeJS.ReadableStream>).on?.("error", () => {});
  return checkedChunks(stream);
}

async function* checkedChunks<Chunk>(stream: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  try {
    for await (const chunk of stream) {
      if (typeof chunk !== "string" && !ArrayBuffer.isView(chunk)) {
        throw invalid("--worklist", "a stream of bytes or of text", chunk);
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof KeepError) throw error;
    // A stream may throw something that is no Error.
    const { code, name = typeof error } = Object(error) as Partial<NodeJS.ErrnoException>;
    const got = `one that failed (${code ?? name})`;
    throw new KeepError(`--worklist: expected a stream that can be read, got ${got}.`, {
      cause: error,
    });
  }
}
