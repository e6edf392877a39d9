import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { linesOf } from "../csv/lines.ts";
import type { Lines } from "../csv/lines.ts";
import { invalid } from "../words/keep-error.ts";
import { until } from "../words/until.ts";
import { fileFrom } from "./file-from.ts";
import { csvColumns, csvItems, jsonItems } from "./row-readers.ts";
import type { WorklistRow } from "./row-readers.ts";
import { nameOf, pathOf } from "./worklist-source.ts";
import type { WorklistSource } from "./worklist-source.ts";

/** How far a worklist was read, once it was read to its end. */
export interface Mark {
  /** How many bytes were read, up to a line end: a last line without one is read again. */
  bytes: number;
  /** How many lines. */
  lines: number;
  /** The hash of those bytes. */
  sha256: string;
  /** The header's columns; null for NDJSON. */
  columns: string[] | null;
}

/** A worklist that can be read, a batch of rows at a time. */
export interface Worklist {
  name: string;
  /** How many lines are skipped: they were read before, and have not changed. */
  skipped: number;
  rows: AsyncIterable<WorklistRow[]>;
  /** To be called after the last row: how far it was read; undefined where it would not be safe to go on from there. */
  mark(): Mark | undefined;
}

/**
 * Opens a worklist. What was read up to the mark, and has not changed, is skipped. The signal ends the reading, also of
 * an input that sends nothing.
 *
 * @throws KeepError when it cannot be read, or its header does not fit.
 */
export async function openWorklist(
  source: WorklistSource,
  mark: Mark | undefined,
  signal: AbortSignal,
): Promise<Worklist> {
  const path = pathOf(source);
  const { before, batches, reached } = await linesBehind(source, mark, signal);
  let pending: readonly string[] = [];
  let line = before?.lines ?? 0;
  /** How many lines at the end may be incomplete: they are read again. */
  let cut = 0;
  let isOpen = false;

  async function more(): Promise<boolean> {
    const { value, done } = await batches.next();
    if (done) return false;
    pending = value.lines;
    cut = value.isEnded ? 0 : pending.length;
    return true;
  }

  /** The next line that is not blank, if there is one. It is not consumed. */
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
    pending = pending.slice(1);
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
        // A row that began before the line to be read again would then be read differently.
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
    mark() {
      if (path === undefined || isOpen) return undefined;
      const { bytes, sha256 } = reached();
      return { bytes, lines: line - cut, sha256, columns };
    },
  };
}

/** The lines of a source after the mark, if what was read up to it has not changed, and how far they were read. */
async function linesBehind(source: WorklistSource, mark: Mark | undefined, signal: AbortSignal) {
  const path = pathOf(source);
  const known = path !== undefined && mark && (await hashUpTo(path, mark));
  const before = known ? mark : undefined;
  const hash = known || createHash("sha256");
  let bytes = before?.bytes ?? 0;
  const input = path === undefined ? source : fileFrom("--worklist", path, bytes);

  async function* read(): AsyncGenerator<Lines> {
    for await (const found of linesOf(until(input as AsyncIterable<Uint8Array | string>, signal))) {
      if (found.isEnded) {
        for (const part of found.bytes) {
          hash.update(part);
          bytes += part.length;
        }
      } else if (signal.aborted) {
        // A line that a stop cut off is not complete.
        return;
      }
      yield found;
    }
  }

  const batches = read();
  // Even if nobody reads on: the file would stay open.
  signal.addEventListener("abort", () => void batches.return(undefined).catch(() => {}));
  return { before, batches, reached: () => ({ bytes, sha256: hash.copy().digest("hex") }) };
}

/** The hash of the file up to the mark, to be continued; undefined when the file has changed there. */
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
