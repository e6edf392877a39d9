import { readFileSync, readlinkSync } from "node:fs";
import type { Worker } from "node:worker_threads";

/** A tick of Linux' clock for processor time, in milliseconds (`getconf CLK_TCK` is 100 wherever Node runs). */
const TICK = 10;

/** Which thread of the system this is: `PID/task/TID`. Undefined where the system does not say so. */
export function systemThread(): string | undefined {
  try {
    return readlinkSync("/proc/thread-self");
  } catch {
    return undefined;
  }
}

/**
 * The processor time that a thread has taken, in milliseconds: of Linux, which answers while the thread is busy, else
 * of Node 24, else that of the whole process, which is more.
 */
export async function processorTime(worker: Worker, thread: string | undefined): Promise<number> {
  if (thread !== undefined) {
    try {
      // The name of the thread, in brackets, may hold blanks.
      const stat = readFileSync(`/proc/${thread}/stat`, "latin1");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return (Number(fields[11]) + Number(fields[12])) * TICK;
    } catch {
      // It has ended, or its system has no such file.
    }
  }
  const measure = (worker as Partial<Pick<Worker, "cpuUsage">>).cpuUsage;
  const { user, system } = (await measure?.call(worker)) ?? process.cpuUsage();
  return (user + system) / 1000;
}
