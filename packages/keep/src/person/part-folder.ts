import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * The folders that are not complete yet. They hold mails, so they are removed at exit, too: a second signal ends the
 * process at once.
 */
const parts = new Set<string>();

function removeAll(): void {
  for (const part of parts) rmSync(part, { recursive: true, force: true, maxRetries: 5 });
}

/** Calls `use` with a temporary folder beside a path, and removes it afterwards. */
export async function inPartFolder(
  path: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // Synchronous: a signal while it is being made would leave it behind.
  const part = mkdtempSync(`${path}.part-`);
  if (parts.size === 0) process.on("exit", removeAll);
  parts.add(part);
  try {
    await use(part);
  } finally {
    await rm(part, { recursive: true, force: true });
    parts.delete(part);
    if (parts.size === 0) process.off("exit", removeAll);
  }
}
