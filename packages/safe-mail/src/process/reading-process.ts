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

/** What V8 uses for young objects beside the memory that it was given, in megabytes: three of these. */
const YOUNG = 16;

/**
 * A process that has grown by more than this after a mail is ended, in megabytes: a heavy mail must not leave its mark.
 */
const MOST_HELD = 128;

/** Where the runtime looks for its libraries. */
const NEEDED = ["LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"];

/** How a runtime ends when it is out of memory, or the system kills it for using too much. */
const OUT_OF_MEMORY = /^(?:SIGABRT|SIGTRAP|SIGILL|SIGSEGV|SIGKILL|139|134|133)$/;

/**
 * The program of the process, which a bundle does not contain.
 *
 * @throws Error when it is not beside this file.
 */
export function mailProgram(): URL {
  // In a CommonJS bundle there is no URL.
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

/** The options by which Plug'n'Play finds packages, and no others with which the program was started. */
function packageHooks(program: URL): string[] {
  const api = (Module as PlugAndPlay).findPnpApi?.(program);
  if (api === undefined || api === null) return [];
  const hooks = api.resolveToUnqualified("pnpapi", null);
  const loader = pathToFileURL(join(dirname(hooks), ".pnp.loader.mjs"));
  return ["--require", hooks, ...(existsSync(loader) ? ["--loader", loader.href] : [])];
}

/**
 * A process that reads one mail at a time. A thread would not do: an engine that is out of memory for a large string
 * ends the whole process.
 */
export class ReadingProcess {
  readonly #child: ChildProcess;
  readonly #limits: Omit<MailToRead, "bytes">;
  /** How much the process may have grown, in bytes: little enough that the next mail has most of its memory. */
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
      // Only what the runtime may need: the rest of the environment may hold secrets.
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

  /** Ends it; the current reading rejects with this reason. Never rejects. */
  async end(reason: Error): Promise<void> {
    this.#usable = false;
    this.#refuse?.(reason);
    this.#hold(true);
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /**
   * Reads a mail, or gives the problem because of which it was not read.
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
      // The process checks itself only now and then; this is what it has used since.
      resolve(held > this.#limits.memory ? "too-much-memory" : withOwnBytes(mail));
    };
    child.on("message", answered).on("error", failed).on("close", ended);
    signal?.addEventListener("abort", aborted, { once: true });
    if (signal?.aborted === true) aborted();
    else if (this.#usable) {
      // If this fails, the process has ended, which `close` reports.
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

  /** Sets whether it keeps the program running. */
  #hold(on: boolean): void {
    const { stdout, channel } = this.#child;
    for (const handle of [this.#child, channel, stdout as Partial<NodeJS.RefCounted> | null]) {
      if (on) handle?.ref?.();
      else handle?.unref?.();
    }
  }
}

/** Copies each file: the mail arrives in a single block of memory, which one kept file would hold as a whole. */
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
