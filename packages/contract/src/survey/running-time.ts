/** The parts that a time is counted in. */
const PARTS = 20;

/**
 * Calls `then` after so many milliseconds in which this process ran: however long a busy machine keeps it from running,
 * that counts for a twentieth at most. The function that it gives calls it off.
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
