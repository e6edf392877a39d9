import { writeSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import type { MailProblem } from "../safe-mail.ts";

/** How much one mail may use. */
export interface Limits {
  /** Processor time, in milliseconds. */
  readonly cpuTime: number;
  /** How much larger the process may be than it was at its start, in bytes. */
  readonly memory: number;
}

/** How often it checks, in milliseconds: seldom enough to cost nothing. */
const PAUSE = 20;

/** Watches its own process while a mail is read, and ends it when the mail uses too much. */
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

/** Kills the process: the thread that reads is busy, so it cannot report the problem or end by itself. */
function end(problem: MailProblem): void {
  writeSync(1, problem);
  process.kill(process.pid, "SIGKILL");
}
