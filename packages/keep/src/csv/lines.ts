import { TextDecoder } from "node:util";
import { KeepError } from "../words/keep-error.ts";

/** Lines that were read together, without their ends. */
export interface Lines {
  lines: string[];
  /** All their bytes, ends included. */
  bytes: readonly Uint8Array[];
  /** Whether the last of them is known to be whole. */
  isEnded: boolean;
}

const LF = 10;
const CR = 13;
/**
 * A line is held in memory as a whole: without this limit a file that is no text, or one JSON array, would be.
 * Megabytes.
 */
const LONGEST = 64;

/**
 * The lines of a text, its bytes in UTF-8. LF, CR LF and CR alone each end one; nothing else does. Rejects with KeepError
 * for one that is too long.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array | string>): AsyncGenerator<Lines> {
  const decoder = new TextDecoder();
  let tail: Uint8Array[] = [];
  let waiting = 0;
  for await (const found of chunks) {
    const chunk = typeof found === "string" ? Buffer.from(found) : found;
    // A CR that is the last byte may belong to an LF that is yet to come.
    const end = Math.max(chunk.lastIndexOf(LF), chunk.lastIndexOf(CR, -2)) + 1;
    if (end > 0) {
      yield { ...split([...tail, chunk.subarray(0, end)], decoder, true), isEnded: true };
      tail = [];
      waiting = 0;
    }
    tail.push(chunk.subarray(end));
    waiting += chunk.length - end;
    if (waiting > LONGEST * 1_000_000) {
      throw new KeepError(`The text: expected lines of at most ${LONGEST} MB, got a longer one.`);
    }
  }
  const rest = split(tail, decoder, false);
  if (rest.lines.length > 0) yield { ...rest, isEnded: false };
}

function split(bytes: readonly Uint8Array[], decoder: TextDecoder, hasMore: boolean) {
  const text = decoder.decode(Buffer.concat(bytes), { stream: hasMore });
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === "") lines.pop();
  return { lines, bytes };
}
