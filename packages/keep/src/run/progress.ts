import type { ItemCount, Soon } from "../ledger/ledger.ts";
import type { KeepEvent } from "../words/events.ts";

/** The share of the time that may go into counting the ledger: a large one is counted less often. */
const COUNTING = 0.05;

/** Counts what happens, and reports it now and then. */
export function progressOf(
  onEvent: (event: KeepEvent) => void,
  pace: { rate: () => number; calls: () => number },
  count: () => Soon<ItemCount>,
) {
  const counts = { items: 0, mails: 0, bytes: 0, gaps: 0 };
  let isOver = false;
  let counted: ItemCount | undefined;
  let countAt = 0;

  async function tell(): Promise<void> {
    const started = performance.now();
    if (started >= countAt) {
      countAt = Number.POSITIVE_INFINITY;
      try {
        counted = await count();
      } finally {
        const ended = performance.now();
        countAt = ended + (ended - started) / COUNTING;
      }
    }
    if (isOver || counted === undefined) return;
    onEvent({ event: "progress", ...counts, ...counted, rate: pace.rate(), calls: pace.calls() });
  }

  // The work itself reports a ledger that is away.
  const timer = setInterval(() => void tell().catch(() => {}), 1000);
  return {
    onEvent(event: KeepEvent) {
      if (event.event === "item") {
        counts.items += 1;
        if (event.state !== "listed") counts.gaps += 1;
      } else if (event.event === "archive" && event.state === "kept") {
        counts.mails += 1;
        counts.bytes += event.bytes ?? 0;
      } else if (event.event === "archive") counts.gaps += 1;
      onEvent(event);
    },
    end() {
      isOver = true;
      clearInterval(timer);
    },
  };
}
