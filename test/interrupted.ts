import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Starts a command that ends by Ctrl-C alone, waits until it has said something, looks at what it started, and presses
 * Ctrl-C. Resolves when all of it has ended.
 */
export async function interrupted(
  command: string,
  options: { cwd: string; env: NodeJS.ProcessEnv },
  says: RegExp,
  look: (said: string) => Promise<void>,
): Promise<void> {
  // Ctrl-C reaches each process of a group, so it gets a group of its own.
  const shell = spawn("sh", ["-c", command], {
    ...options,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = once(shell, "close");
  let said = "";
  const heard = new Promise<string>((resolve, reject) => {
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.on("data", (data: Buffer) => {
        said += data.toString();
        const [, found] = says.exec(said) ?? [];
        if (found !== undefined) resolve(found);
      });
    }
    void ended.then(() => reject(new Error(`${command} ended before it said ${says}:\n${said}`)));
  });
  try {
    await look(await heard);
  } finally {
    if (shell.pid !== undefined && shell.exitCode === null) process.kill(-shell.pid, "SIGINT");
    await ended;
  }
}
