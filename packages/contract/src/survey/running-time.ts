/** How many parts a time is counted in. */
const PARTS = 20;

/**
 * Calls `then` after this process has run for so long: however long a busy machine keeps it waiting, one wait counts
 * for a twentieth at most. The returned function cancels it.
 */
export function afterRunning(milliseconds: number, then: () => void): () => void {
  const parts = Math.min(PARTS, milliseconds);
  let left = parts;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) return;
    clearInterval(timer);
    then();
  }, milliseconds / parts);
  return () => clearInterval(timer);
}
