import { rename } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** What Windows says while another program, a virus scanner mostly, has the file open. */
const HELD = new Set(["EPERM", "EACCES", "EBUSY"]);

/** Milliseconds to wait before each further attempt: two seconds in all. */
const WAITS = [10, 20, 50, 120, 200, 400, 600, 600];

/** Renames a file over another. Windows cannot replace an open file, so there it tries again for a while. */
export async function replaceFile(
  from: string,
  to: string,
  {
    platform = process.platform,
    move = rename,
  }: { platform?: NodeJS.Platform; move?: typeof rename } = {},
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await move(from, to);
    } catch (error) {
      const wait = WAITS[attempt];
      const held = platform === "win32" && HELD.has(String((error as NodeJS.ErrnoException).code));
      if (!held || wait === undefined) throw error;
      await sleep(wait);
    }
  }
}
