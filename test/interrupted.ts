import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Starts a command that runs until Ctrl-C, waits for its output, runs `look`, and presses Ctrl-C. Resolves when all its
 * processes have ended.
 */
export async function interrupted(
  command: string,
  options: { cwd: string; env: NodeJS.ProcessEnv },
  says: RegExp,
  look: (said: string) => Promise<void>,
): Promise<void> {
  // Ctrl-C goes to every process of a group, so the command gets a group of its own.
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
