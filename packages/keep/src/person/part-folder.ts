import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** What is not whole yet has mails in it: it goes with the process, too, which a second signal ends at once. */
const parts = new Set<string>();

function removeAll(): void {
  for (const part of parts) rmSync(part, { recursive: true, force: true, maxRetries: 5 });
}

/** Gives a folder beside a path to some work, and removes it when that is done. */
export async function inPartFolder(
  path: string,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  // At once: a signal while it is made would leave it.
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
