import { writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { MailProblem } from "../safe-mail.ts";

/** What one mail may take. */
export interface Limits {
  /** Processor time, in milliseconds. */
  readonly cpuTime: number;
  /** How much larger the process may be than it was at its start, in bytes. */
  readonly memory: number;
}

/** How often it looks, in milliseconds: seldom enough to cost nothing. */
const PAUSE = 20;

/** Watches the process that it runs in while a mail is read, and ends it when the mail takes too much. */
const before = process.memoryUsage.rss();
let timer: NodeJS.Timeout | undefined;

parentPort?.on("message", (limits: Limits | undefined) => {
  clearInterval(timer);
  if (limits === undefined) return;
  const from = processorTime();
  timer = setInterval(() => {
    if (processorTime() - from > limits.cpuTime) end("too-slow");
    else if (process.memoryUsage.rss() - before > limits.memory) end("too-much-memory");
  }, PAUSE);
});

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The thread that reads is busy: it can be neither asked to say why nor to end. */
function end(problem: MailProblem): void {
  writeSync(1, problem);
  process.kill(process.pid, "SIGKILL");
}
