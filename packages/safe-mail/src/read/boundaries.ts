/** The parts between the boundary lines of a body. */
export interface Pieces {
  pieces: Buffer[];
  /** Whether the closing line is missing. */
  isCutOff: boolean;
  /** Whether parts come after the closing line. */
  goesOn: boolean;
}

/**
 * The parts between the boundary lines of a body. The line end before a boundary line belongs to it.
 *
 * @returns undefined when there is no such line.
 */
export function splitParts(body: Buffer, boundary: string): Pieces | undefined {
  const pieces: Buffer[] = [];
  let begin = -1;
  let hasEnd = false;
  let goesOn = false;
  for (const { at, end, closes } of boundaryLines(body, boundary)) {
    if (begin !== -1) pieces.push(body.subarray(begin, Math.max(begin, beforeLineEnd(body, at))));
    // A part after the closing line is still one: some programs give a multipart the boundary of the one around it.
    if (hasEnd && !closes) goesOn = true;
    hasEnd ||= closes;
    begin = closes ? -1 : Math.min(end + 1, body.length);
  }
  if (begin === -1) return hasEnd ? { pieces, isCutOff: false, goesOn } : undefined;
  // The mail was cut off: the rest is still shown.
  if (begin < body.length) pieces.push(body.subarray(begin));
  return { pieces, isCutOff: true, goesOn };
}

/** A body without its boundary lines. */
export function withoutLinesOf(boundary: string, body: Buffer): Buffer {
  if (boundary === "") return body;
  const kept: Buffer[] = [];
  let from = 0;
  for (const { at, end } of boundaryLines(body, boundary)) {
    if (at > from) kept.push(body.subarray(from, at));
    from = end + 1;
  }
  return from === 0 ? body : Buffer.concat([...kept, body.subarray(from)]);
}

/** The boundary that a body seems to use, from its start: a line that looks like one, with a header after it. */
export function guessBoundary(head: Buffer): string | undefined {
  const source = head.toString("latin1");
  const [, boundary] =
    /(?:^|\n)--([^\s-][^\r\n]{0,199}|-{1,20}[^\s-][^\r\n]{0,180})\r?\n(?=content-[\w-]+[ \t]*:|\r?\n)/i.exec(
      source,
    ) ?? [];
  return boundary?.trimEnd();
}

interface BoundaryLine {
  at: number;
  /** The position of its line feed, or the end of the body. */
  end: number;
  closes: boolean;
}

function* boundaryLines(body: Buffer, boundary: string): Generator<BoundaryLine> {
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  for (let at = body.indexOf(delimiter); at !== -1; at = body.indexOf(delimiter, at + 1)) {
    if (at > 0 && body[at - 1] !== 10) continue;
    let end = afterBlanks(body, at + delimiter.length);
    const closes = body[end] === 45 && body[end + 1] === 45;
    if (closes) end = afterBlanks(body, end + 2);
    if (body[end] === 13 && (body[end + 1] === 10 || end + 1 === body.length)) end++;
    if (end === body.length || body[end] === 10) yield { at, end, closes };
  }
}

/** Skips blanks after a boundary, which some programs add and which do not belong to it (RFC 2046, section 5.1.1). */
function afterBlanks(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === 32 || body[at] === 9) at++;
  return at;
}

function beforeLineEnd(body: Buffer, at: number): number {
  if (at === 0) return 0;
  return at > 1 && body[at - 2] === 13 ? at - 2 : at - 1;
}
