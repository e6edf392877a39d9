import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const built = (name: string) => fileURLToPath(new URL(`../dist/${name}`, import.meta.url));

/** A started command, and what it has said so far. */
export interface Started {
  readonly process: ChildProcess;
  readonly said: () => { readonly out: string; readonly err: string };
  /** Waits for output on stdout that matches. @throws when the command ends before. */
  readonly until: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Waits for its end, and returns its exit code. */
  readonly ended: () => Promise<number | null>;
}

/** Starts one of the built commands with only the given environment. */
export function startCommand(
  name: "main.js" | "demo.js",
  env: Record<string, string> = {},
  args: readonly string[] = [],
): Started {
  return start(process.execPath, [built(name), ...args], env);
}

/** Starts any program and collects its output. */
export function start(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
): Started {
  const child = spawn(program, args, { env: { PATH: process.env["PATH"] ?? "", ...env } });
  let out = "";
  let err = "";
  child.stdout.on("data", (data: Buffer) => (out += data.toString()));
  child.stderr.on("data", (data: Buffer) => (err += data.toString()));
  const end = once(child, "close");
  return {
    process: child,
    said: () => ({ out, err }),
    ended: async () => ((await end) as [number | null])[0],
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(out);
          if (found !== null) resolve(found);
        };
        child.stdout.on("data", look);
        void end.then(() => reject(new Error(`Ended before it said ${pattern}: ${out}${err}`)));
        look();
      }),
  };
}

/** Any free ports, so that tests do not clash. */
export const ANY_PORT = { PORT: "0", MOCK_PORT: "0", MOCK_BLOB_PORT: "0" };
