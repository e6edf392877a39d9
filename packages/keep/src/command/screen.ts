import type { KeepEvent, ProgressEvent } from "../words/events.ts";
import { plural } from "../words/plural.ts";

/** Shows how a run goes. */
export interface Screen {
  show(event: KeepEvent): void;
  /** Says that a stop was asked for, and what it waits for. */
  stop(): void;
  /** Removes the bar. */
  end(): void;
}

const LINE_EVERY = 10_000;
const BAR = 20;

/** For machines: each event as a line of JSON; `isQuiet` leaves progress out. */
export function jsonScreen(isQuiet: boolean): Screen {
  return {
    show(event) {
      if (isQuiet && event.event === "progress") return;
      process.stdout.write(`${JSON.stringify(event)}\n`);
    },
    stop() {},
    end() {},
  };
}

/** For people: a bar on a terminal, a line every 10 s elsewhere; `isQuiet` leaves nothing but warnings. */
export function textScreen(isQuiet: boolean): Screen {
  const { stderr } = process;
  const isTerminal = stderr.isTTY && !isQuiet;
  let hasBar = false;
  let lastLine = performance.now();
  /** When `total` last changed, and how much was settled then. */
  let known = { total: -1, at: 0, settled: 0 };

  function clear(): void {
    if (hasBar) stderr.write("\r\u001B[K");
    hasBar = false;
  }

  function line(text: string): void {
    clear();
    stderr.write(`${text}\n`);
  }

  function progress(event: ProgressEvent): void {
    const { total, open, mails, bytes, gaps, rate } = event;
    const settled = total - open;
    const now = performance.now();
    if (total !== known.total) known = { total, at: now, settled };
    const since = settled - known.settled;
    const left = since > 0 ? time(((now - known.at) / since) * open) : "?";
    const kept = plural(mails, "mail");
    const ending = `${left} left · ${plural(gaps, "gap")}`;
    const facts = `${settled}/${plural(total, "item")} · ${kept} · ${size(bytes)} · ${Number(rate.toFixed(2))}/s · ${ending}`;
    if (isTerminal) {
      const full = total === 0 ? 0 : Math.floor((BAR * settled) / total);
      const bar = `[${"#".repeat(full)}${"-".repeat(BAR - full)}] `;
      const width = (stderr.columns || 80) - 1;
      const few = `${settled}/${total} · ${kept} · ${ending}`;
      const whole = [bar + facts, facts].find((text) => text.length <= width) ?? few;
      stderr.write(`\r\u001B[K${whole.slice(0, width)}`);
      hasBar = true;
    } else if (now - lastLine >= LINE_EVERY) {
      lastLine = now;
      line(facts);
    }
  }

  return {
    show(event) {
      if (event.event === "warning") line(`Warning: ${event.message}`);
      else if (isQuiet) return;
      else if (event.event === "progress") progress(event);
      else if (event.event === "limited") {
        line(
          `The API asks to wait (429): nobody calls for ${time(event.wait)}, then ${Number(event.rate.toFixed(2))}/s.`,
        );
      } else if (event.event === "outage") {
        const { of, down, reason } = event;
        const what = of === "api" ? "API" : "storage";
        line(
          down
            ? `The ${what} does not work, trying now and then: ${reason}`
            : `The ${what} works again.`,
        );
      }
    },
    stop() {
      if (!isQuiet)
        line("Stopping: mails in flight finish, 10 s at most. Once more ends it at once.");
    },
    end: clear,
  };
}

function time(ms: number): string {
  const s = Math.ceil(ms / 1000);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 172_800) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86_400)} days`;
}

function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}
