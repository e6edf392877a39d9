import type { KeepEvent, ProgressEvent } from "../words/events.ts";

/** Counts what happens, and tells of it now and then. */
export function progressOf(
  onEvent: (event: KeepEvent) => void,
  warnOfTime: () => void,
  now: () => Promise<Pick<ProgressEvent, "rate" | "calls" | "open">>,
) {
  const counts = { items: 0, mails: 0, bytes: 0, gaps: 0 };
  let isOver = false;
  const tell = async () => {
    const facts = await now();
    if (!isOver) onEvent({ event: "progress", ...counts, ...facts });
  };
  // A ledger that is away is told by the work.
  const timer = setInterval(() => void tell().catch(() => {}), 1000);
  const warning = setInterval(warnOfTime, 3_600_000);
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
      clearInterval(warning);
    },
  };
}
