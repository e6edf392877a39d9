const MOST_LINES = 5;

/** The first of the lines, and how many more there are. */
export function shortened(lines: readonly string[]): string[] {
  const more = lines.length - MOST_LINES;
  return more <= 0 ? [...lines] : [...lines.slice(0, MOST_LINES), `and ${more} more`];
}
