interface Line {
  readonly depth: number;
  readonly text: string;
}

const SIGNATURE = "-- ";

/**
 * Joins the lines that `format=flowed` divided (RFC 3676), each only with lines of the same quote depth.
 *
 * @param deletesBlanks `delsp=yes`: the blank at a line's end is not part of the text.
 */
export function joinFlowed(text: string, deletesBlanks: boolean): string {
  const made: Line[] = [];
  let open = false;
  for (const written of text.split("\n")) {
    const depth = /^>*/.exec(written)?.[0].length ?? 0;
    const stuffed = written.slice(depth);
    const line = stuffed.startsWith(" ") ? stuffed.slice(1) : stuffed;
    const last = made.at(-1);
    const isSignature = line === SIGNATURE;
    const flows = line.endsWith(" ") && !isSignature;
    const kept = flows && deletesBlanks ? line.slice(0, -1) : line;
    if (open && last !== undefined && last.depth === depth && !isSignature)
      made[made.length - 1] = { depth, text: last.text + kept };
    else made.push({ depth, text: kept });
    open = flows;
  }
  return made
    .map(({ depth, text: line }) => (depth === 0 ? line : `${">".repeat(depth)} ${line}`))
    .join("\n");
}
