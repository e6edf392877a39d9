import { readFileSync } from "node:fs";

/** How often to look, in milliseconds. */
const INTERVAL = 500;

/**
 * Calls `gone` once a package manager that this process was started by (`npx pnpm demo` is npm,
 * a shell and pnpm above us) has ended without ending us, as happens when only the topmost one is
 * killed. A process that was started in any other way is left alone. The watch keeps nothing alive.
 */
export function whenPackageManagerEnds(gone: () => void): void {
  const above = ancestors(process.pid);
  const topmost = above.findLastIndex(isPackageManager);
  if (topmost === -1) return;
  const watched = above.slice(0, topmost + 1);
  const timer = setInterval(() => {
    const now = ancestors(process.pid);
    if (watched.every((pid, index) => now[index] === pid)) return;
    clearInterval(timer);
    gone();
  }, INTERVAL);
  timer.unref();
}

/** The parent, its parent and so on. Elsewhere than on Linux only the parent is known. */
function ancestors(pid: number): number[] {
  const found = [process.ppid];
  try {
    for (let parent = parentOf(pid); parent > 1; parent = parentOf(parent)) {
      if (parent !== found.at(-1)) found.push(parent);
    }
  } catch {
    // No /proc here, or the process ended while we looked.
  }
  return found;
}

function parentOf(pid: number): number {
  // "pid (name) state ppid …", where the name may hold anything.
  const [, ppid] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
  return Number(ppid);
}

function isPackageManager(pid: number): boolean {
  try {
    const [program = "", script = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return [program, script].some((part) => /(?:^|\/)(?:npm|npx|pnpm|yarn)\b/.test(part));
  } catch {
    return process.env["npm_config_user_agent"] !== undefined;
  }
}
