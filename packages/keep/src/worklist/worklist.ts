import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { resolve } from "node:path";
import { linesOf } from "../csv/lines.ts";
import { KeepError, invalid } from "../words/keep-error.ts";
import { until } from "../words/until.ts";
import { fileFrom } from "./file-from.ts";
import { csvColumns, csvItems, jsonItems } from "./row-readers.ts";
import type { WorklistRow } from "./row-readers.ts";

/** How far a worklist was read, once it was read to its end. */
export interface Mark {
  /** How many bytes were read, the last of them a line's end: a last line without one is read again. */
  bytes: number;
  /** How many lines. */
  lines: number;
  /** Of those bytes. */
  sha256: string;
  /** The header's columns; null for NDJSON. */
  columns: string[] | null;
}

/** A worklist that can be read, a batch of rows at a time. */
export interface Worklist {
  name: string;
  /** How many lines are left out: they were read before, and have not changed. */
  skipped: number;
  rows: AsyncIterable<WorklistRow[]>;
  /** After the last row: how far it was read; undefined where reading on there would not be safe. */
  mark(): Mark | undefined;
}

/** What a worklist is read from: the path of a file, `-` for the standard input, or a stream of bytes or of text. */
export type WorklistSource = string | AsyncIterable<Uint8Array | string>;

/**
 * What a worklist is called in the ledger: the same file is the same worklist, however its path is written. The path
 * itself may name somebody.
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
 * A source that may fail before it is read: an error of a stream that nobody listens to ends the process, and a ledger
 * may be waited for first.
 */
export function heard(source: WorklistSource): WorklistSource {
  if (pathOf(source) !== undefined) return source;
  const stream = source === "-" ? process.stdin : (source as AsyncIterable<Uint8Array | string>);
  (stream as Partial<NodeJS.ReadableStream>).on?.("error", () => {});
  return told(stream);
}

async function* told<Chunk>(stream: AsyncIterable<Chunk>): AsyncGenerator<Chunk> {
  try {
    for await (const chunk of stream) {
      if (typeof chunk !== "string" && !ArrayBuffer.isView(chunk)) {
        throw invalid("--worklist", "a stream of bytes or of text", chunk);
      }
      yield chunk;
    }
  } catch (error) {
    if (error instanceof KeepError) throw error;
    // It may throw what is no error.
    const { code, name = typeof error } = Object(error) as Partial<NodeJS.ErrnoException>;
    const got = `one that failed (${code ?? name})`;
    throw new KeepError(`--worklist: expected a stream that can be read, got ${got}.`, {
      cause: error,
    });
  }
}

/**
 * Opens a worklist. What was read up to the mark before, and has not changed, is left out. The signal ends the reading,
 * also of an input that says nothing.
 *
 * @throws KeepError when it cannot be read, or its header does not fit.
 */
export async function openWorklist(
  source: WorklistSource,
  mark: Mark | undefined,
  signal: AbortSignal,
): Promise<Worklist> {
  const path = pathOf(source);
  const known = path !== undefined && mark && (await hashUpTo(path, mark));
  const hash = known || createHash("sha256");
  const before = known && mark ? mark : undefined;
  let bytes = before?.bytes ?? 0;
  let line = before?.lines ?? 0;
  /** Lines at the end that may go on: they are read again. */
  let cut = 0;
  let isOpen = false;

  const input = path === undefined ? source : fileFrom("--worklist", path, bytes);
  const batches = lineBatches();
  // Also where nobody reads on: the file would stay open.
  signal.addEventListener("abort", () => void batches.return(undefined).catch(() => {}));
  let pending: string[] = [];

  async function* lineBatches(): AsyncGenerator<string[]> {
    for await (const found of linesOf(until(input as AsyncIterable<Uint8Array | string>, signal))) {
      if (found.isEnded) {
        for (const part of found.bytes) {
          hash.update(part);
          bytes += part.length;
        }
      } else {
        // What a stop cut off is no line.
        if (signal.aborted) return;
        cut = found.lines.length;
      }
      yield found.lines;
    }
  }

  async function more(): Promise<boolean> {
    const { value, done } = await batches.next();
    pending = value ?? [];
    return done !== true;
  }

  /** The next line that is not blank, if there is one. It stays. */
  async function head(): Promise<string | undefined> {
    for (;;) {
      const at = pending.findIndex((text) => text.trim() !== "");
      line += at < 0 ? pending.length : at;
      pending = at < 0 ? [] : pending.slice(at);
      if (at >= 0) return pending[0];
      if (!(await more())) return undefined;
    }
  }

  const columns =
    before === undefined
      ? await readColumns().catch(async (error: unknown) => {
          await batches.return(undefined);
          throw error;
        })
      : before.columns;
  const reader = columns === null ? jsonItems() : csvItems(columns);

  async function readColumns(): Promise<string[] | null> {
    if (path !== undefined && /\.(ndjson|jsonl)$/i.test(path)) return null;
    const first = await head();
    if (first === undefined) throw invalid("--worklist", "CSV with a header, or NDJSON", "");
    if (path === undefined && first.trimStart().startsWith("{")) return null;
    const found = csvColumns(first);
    pending.shift();
    line += 1;
    return found;
  }

  async function* rows(): AsyncGenerator<WorklistRow[]> {
    try {
      do {
        const found: WorklistRow[] = [];
        for (const text of pending) {
          line += 1;
          found.push(...reader.take(text, line));
        }
        // Read again from its last line on, a row would be another one.
        isOpen = cut > 0 && found.some((row) => row.line <= line - cut);
        yield found;
      } while (await more());
      const waiting = reader.end();
      isOpen ||= waiting.length > 0;
      yield waiting;
    } finally {
      await batches.return(undefined);
    }
  }

  return {
    name: nameOf(source),
    skipped: before?.lines ?? 0,
    rows: rows(),
    mark: () =>
      path !== undefined && !isOpen
        ? { bytes, lines: line - cut, sha256: hash.copy().digest("hex"), columns }
        : undefined,
  };
}

/** The hash of the file up to the mark, to be continued; undefined when it is not what was read then. */
async function hashUpTo(path: string, { bytes, sha256 }: Mark): Promise<Hash | undefined> {
  if (bytes === 0) return undefined;
  const hash = createHash("sha256");
  let length = 0;
  try {
    for await (const chunk of fileFrom("--worklist", path, 0, bytes)) {
      length += chunk.length;
      hash.update(chunk);
    }
  } catch {
    return undefined;
  }
  return length === bytes && hash.copy().digest("hex") === sha256 ? hash : undefined;
}
