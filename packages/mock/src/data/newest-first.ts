import type { DatasetArchive } from "./dataset-archive.ts";
import { lenientInstant } from "./lenient-instant.ts";

/** Archives by the instants of their sending dates, newest first; the order of equal ones stays. */
export function newestFirst(archives: readonly DatasetArchive[]): DatasetArchive[] {
  return archives
    .map((archive) => ({ archive, sent: lenientInstant(archive.sendingDate) }))
    .toSorted((one, other) => other.sent - one.sent)
    .map(({ archive }) => archive);
}

/**
 * The index of the first archive, in a list with the newest first, that was sent before an instant; the length of the
 * list when none was.
 */
export function firstBefore(archives: readonly DatasetArchive[], bound: number): number {
  let low = 0;
  let high = archives.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lenientInstant(archives[middle]!.sendingDate) < bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
