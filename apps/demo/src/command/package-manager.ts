import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** How often to look, in milliseconds. */
const INTERVAL = 500;

/** Information about other processes. All but `isRunning` throw where they cannot know. */
export interface Processes {
  parentOf(pid: number): number;
  /** The command line: the program, its script and so on. */
  wordsOf(pid: number): string[];
  isRunning(pid: number): boolean;
}

/**
 * Calls `gone` once a package manager that started this process (`npx pnpm demo` is npm, a shell and pnpm above us) has
 * ended without ending us, as happens when only the topmost one is killed. A process that was started in any other way
 * is left alone. The watch does not keep the process running.
 */
export function whenPackageManagerEnds(
  gone: () => void,
  processes: Processes = process.platform === "linux" ? PROC : PS,
): void {
  const above = ancestors(processes);
  const topmost = above.findLastIndex((pid) => isPackageManager(processes, pid));
  if (topmost === -1) return;
  const watched = above.slice(0, topmost + 1);
  const timer = setInterval(() => {
    if (process.ppid === watched[0] && watched.every((pid) => processes.isRunning(pid))) return;
    clearInterval(timer);
    gone();
  }, INTERVAL);
  timer.unref();
}

const PROC: Processes = {
  parentOf: (pid) => Number(statOf(pid)[1]),
  wordsOf: (pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0"),
  isRunning(pid) {
    try {
      // An ended process stays as a zombie until its parent has waited for it.
      return statOf(pid)[0] !== "Z";
    } catch {
      return false;
    }
  },
};

function statOf(pid: number): string[] {
  // "pid (name) state ppid …", where the name may hold anything.
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
}

/**
 * For systems without /proc. `ps` only runs at the start: running it at each look would cost more than all the rest.
 */
export const PS: Processes = {
  parentOf: (pid) => Number(ps("ppid=", pid)),
  wordsOf: (pid) => ps("command=", pid).split(" "),
  isRunning(pid) {
    try {
      return process.kill(pid, 0);
    } catch (error) {
      // Another user's process must not be signalled.
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  },
};

function ps(what: string, pid: number): string {
  return execFileSync("ps", ["-o", what, "-p", String(pid)], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** The parent, its parent and so on. On Windows only the parent is known. */
function ancestors(processes: Processes): number[] {
  const found: number[] = [];
  try {
    for (let pid = process.ppid; pid > 1; pid = processes.parentOf(pid)) found.push(pid);
  } catch {
    // There is no more information, or a process ended meanwhile.
  }
  return found;
}

function isPackageManager(processes: Processes, pid: number): boolean {
  try {
    return processes
      .wordsOf(pid)
      .slice(0, 2)
      .some((part) => /(?:^|\/)(?:npm|npx|pnpm|yarn)\b/.test(part));
  } catch {
    return process.env["npm_config_user_agent"] !== undefined;
  }
}
