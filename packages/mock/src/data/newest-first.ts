import type { DatasetArchive } from "./dataset-archive.ts";
import { lenientInstant } from "./lenient-instant.ts";

/** Archives by the instants that their sending dates name, the newest first; of the same instant, as they came. */
export function newestFirst(archives: readonly DatasetArchive[]): DatasetArchive[] {
  return archives
    .map((archive) => ({ archive, sent: lenientInstant(archive.sendingDate) }))
    .toSorted((one, other) => other.sent - one.sent)
    .map(({ archive }) => archive);
}

/** The index of the first of some archives, newest first, that was sent before an instant; their number when none was. */
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
