import { once } from "node:events";
import { createServer } from "node:http";
import type { Watch } from "../status.ts";
import type { KeepEvent } from "../words/events.ts";
import { KeepError } from "../words/keep-error.ts";

/** The numbers for Prometheus, at `/metrics` of every address of this machine. */
export interface Metrics {
  show(event: KeepEvent): void;
  close(): void;
}

/** The share of the time that may go into counting the ledger: a large one is counted less often. */
const COUNTING = 0.05;
/** https://prometheus.io/docs/instrumenting/exposition_formats/ */
const TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Rejects with KeepError when the port is taken. */
export async function serveMetrics(port: number, look: () => Promise<Watch>): Promise<Metrics> {
  let progress = { calls: 0, mails: 0, bytes: 0, rate: 0 };
  let refusals = 0;
  let seen: { watch: Promise<Watch>; until: number } | undefined;

  function watch(): Promise<Watch> {
    if (seen && performance.now() < seen.until) return seen.watch;
    const started = performance.now();
    const looked = { watch: look(), until: Number.POSITIVE_INFINITY };
    seen = looked;
    const wait = () => {
      const now = performance.now();
      looked.until = now + (now - started) / COUNTING;
    };
    looked.watch.then(wait, wait);
    return looked.watch;
  }

  const server = createServer((request, response) => {
    if (request.url?.split("?", 1)[0] !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    watch().then(
      (found) => response.writeHead(200, { "content-type": TYPE }).end(text(found)),
      // Without the ledger there is nothing to count: the scrape fails, as Prometheus expects it.
      () => response.writeHead(503).end(),
    );
  });

  function text({ balance, oldestOpen, dyingLinks }: Watch): string {
    const each: [string, string, string, number | Record<string, number>][] = [
      ["items", "gauge", "Items of the worklist by state, of all machines", balance.worklist],
      ["archives", "gauge", "Settled archives by state, of all machines", balance.archives],
      ["oldest_open_item_seconds", "gauge", "Age of the oldest open item", oldestOpen ?? 0],
      ["dying_links", "gauge", "Links that die within a day, mail not kept", dyingLinks],
      ["pace", "gauge", "Listing calls a second that all machines may make now", progress.rate],
      ["calls_total", "counter", "Listing calls of this process", progress.calls],
      ["refusals_total", "counter", "429 answers to this process", refusals],
      ["mails_total", "counter", "Mails kept by this process", progress.mails],
      ["bytes_total", "counter", "Bytes of the mails kept by this process", progress.bytes],
    ];
    const lines: string[] = [];
    for (const [name, type, help, value] of each) {
      lines.push(`# HELP np6_keep_${name} ${help}.`, `# TYPE np6_keep_${name} ${type}`);
      lines.push(...samples(`np6_keep_${name}`, value));
    }
    return `${lines.join("\n")}\n`;
  }

  server.listen(port);
  try {
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new KeepError(`--metrics: expected a port that is free, got ${port} (${code}).`, {
      cause: error,
    });
  }
  // The server must not keep the process running when the work has ended.
  server.unref();
  return {
    show(event) {
      if (event.event === "limited") refusals += event.earlier ? 0 : 1;
      else if (event.event === "progress") progress = event;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function samples(name: string, value: number | Record<string, number>): string[] {
  if (typeof value === "number") return [`${name} ${value}`];
  const states = Object.entries(value).filter(([state]) => state !== "total");
  return states.map(([state, n]) => `${name}{state="${state}"} ${n}`);
}
