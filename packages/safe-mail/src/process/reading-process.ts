import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import Module from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { MailProblem, SafeMail } from "../safe-mail.ts";
import type { MailAnswer, MailToRead } from "./mail-process.ts";
import { neighbour } from "./neighbour.ts";

const MEGABYTE = 1024 * 1024;

/** What the engine keeps for young objects beside the memory that it was given, in megabytes: three of these. */
const YOUNG = 16;

/** A process that has grown by more than this after a mail is ended, in megabytes: a hard mail must not stay. */
const MOST_HELD = 128;

/** Where an engine looks for its libraries. */
const NEEDED = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/** How an engine ends that finds no memory, and how a system ends what takes too much. */
const OUT_OF_MEMORY = /^(?:SIGABRT|SIGTRAP|SIGILL|SIGSEGV|SIGKILL|139|134|133)$/;

/**
 * The program of a process, which is not in a bundle.
 *
 * @throws Error when it is not beside this file.
 */
export function mailProgram(): URL {
  // A bundle in CommonJS has no address.
  const program = URL.canParse(import.meta.url) ? neighbour("mail-process") : undefined;
  if (program && existsSync(program)) return program;
  throw new Error(
    "@np6-archives/safe-mail: expected the files of the package beside each other, got a part of them. " +
      "Leave it out of a bundle (external).",
  );
}

/** What Yarn's Plug'n'Play adds to `node:module`. */
interface PlugAndPlay {
  readonly findPnpApi?: (
    from: URL,
  ) => { resolveToUnqualified(name: "pnpapi", from: null): string } | null;
}

/** The options of Plug'n'Play, by which packages are found: those alone of whatever the program was started with. */
function packageHooks(program: URL): string[] {
  const api = (Module as PlugAndPlay).findPnpApi?.(program);
  if (api === undefined || api === null) return [];
  const hooks = api.resolveToUnqualified("pnpapi", null);
  const loader = pathToFileURL(join(dirname(hooks), ".pnp.loader.mjs"));
  return ["--require", hooks, ...(existsSync(loader) ? ["--loader", loader.href] : [])];
}

/**
 * A process that reads one mail at a time. A thread would not do: an engine that finds no memory for a large string
 * ends the process, all its threads included.
 */
export class ReadingProcess {
  readonly #child: ChildProcess;
  readonly #limits: Omit<MailToRead, "bytes">;
  /** In bytes, so few that the next mail has most of its memory. */
  readonly #mostHeld: number;
  readonly #ended: Promise<void>;
  #said = "";
  #refuse: ((reason: Error) => void) | undefined;
  #usable = true;

  /**
   * @param program from {@link mailProgram}.
   * @param cpuTime in milliseconds.
   * @param memory in megabytes.
   */
  constructor(program: URL, cpuTime: number, memory: number) {
    this.#limits = { cpuTime, memory: (memory + 3 * YOUNG) * MEGABYTE };
    this.#mostHeld = Math.min(MOST_HELD, memory / 2) * MEGABYTE;
    this.#child = fork(program, {
      execArgv: [
        `--max-old-space-size=${Math.ceil(memory)}`,
        `--max-semi-space-size=${YOUNG}`,
        ...packageHooks(program),
      ],
      // Of the environment only what an engine may need: secrets may stand in the rest.
      env: Object.fromEntries(NEEDED.map((name) => [name, process.env[name]])),
      serialization: "advanced",
      stdio: ["ignore", "pipe", "ignore", "ipc"],
    });
    this.#child.stdout?.setEncoding("latin1").on("data", (said: string) => (this.#said += said));
    this.#ended = new Promise((resolve) => this.#child.once("close", () => resolve()));
    const ended = () => (this.#usable = false);
    this.#child.on("error", ended).on("exit", ended);
    this.#hold(false);
  }

  /** Whether it can read another mail. */
  get isUsable(): boolean {
    return this.#usable;
  }

  /** Ends it; what it reads rejects with this reason. Never rejects. */
  async end(reason: Error): Promise<void> {
    this.#usable = false;
    this.#refuse?.(reason);
    this.#hold(true);
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /**
   * Reads a mail, or says why it was given up.
   *
   * @throws the signal's reason when it is aborted.
   */
  async read(bytes: Uint8Array, signal: AbortSignal | undefined): Promise<SafeMail | MailProblem> {
    const child = this.#child;
    this.#hold(true);
    const { promise, resolve, reject } = withResolvers<SafeMail | MailProblem>();
    this.#refuse = reject;
    const failed = () => resolve("unreadable");
    const ended = (code: number | null, by: string | null) => resolve(this.#whyEnded(by ?? code));
    const aborted = () => {
      this.#usable = false;
      reject(signal?.reason);
    };
    const answered = ({ mail, held }: MailAnswer) => {
      if (held > this.#mostHeld) this.#usable = false;
      // The process looks at itself now and then; this is what it took since.
      resolve(held > this.#limits.memory ? "too-much-memory" : withOwnBytes(mail));
    };
    child.on("message", answered).on("error", failed).on("close", ended);
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted === true) aborted();
    else if (this.#usable) {
      // Where it cannot be sent, the process has ended, and says so itself.
      child.send({ bytes, ...this.#limits } satisfies MailToRead, () => undefined);
    } else failed();
    try {
      return await promise;
    } finally {
      this.#refuse = undefined;
      child.off("message", answered).off("error", failed).off("close", ended);
      signal?.removeEventListener("abort", aborted);
      this.#hold(false);
      if (!this.#usable) child.kill("SIGKILL");
    }
  }

  #whyEnded(by: string | number | null): MailProblem {
    if (this.#said === "too-slow" || this.#said === "too-much-memory") return this.#said;
    return OUT_OF_MEMORY.test(String(by)) ? "too-much-memory" : "unreadable";
  }

  /** Whether the program that it belongs to goes on for its sake. */
  #hold(on: boolean): void {
    const { stdout, channel } = this.#child;
    for (const handle of [this.#child, channel, stdout as Partial<NodeJS.RefCounted> | null]) {
      if (on) handle?.ref?.();
      else handle?.unref?.();
    }
  }
}

/** A mail comes in one piece of memory: each file gets its own, so that one that is kept holds no other. */
function withOwnBytes(mail: SafeMail): SafeMail {
  const attachments = mail.attachments.map((file) => ({ ...file, content: file.content.slice() }));
  return { ...mail, attachments };
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  return { promise, resolve, reject };
}
