import { dropBody } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { ConnectionError, TimeoutError } from "./errors.ts";
import { Md5 } from "./md5.ts";
import { backoff, mayPass } from "./retry-timing.ts";
import type { SignedLink } from "./signed-link.ts";
import { pause, within } from "./within.ts";

/** How often a body that breaks off is continued, whatever `maxRetries` says: each time goes on where it stopped. */
const MOST_RESUMES = 5;

/** What bounds a transfer. */
export interface TransferLimits {
  /** The longest silence, in milliseconds. */
  timeout: number;
  /** When the last byte must have come, on the clock of `performance.now()`. */
  deadline: number;
  maxBytes: number;
  signal: AbortSignal | undefined;
}

/** The bytes of one mail on their way: passed on as they are asked for, continued when they break off, checked at the end. */
export class Transfer {
  readonly size: number | undefined;
  readonly etag: string | undefined;
  readonly contentMd5: string | undefined;
  readonly body: ReadableStream<Uint8Array>;

  readonly #link: SignedLink;
  readonly #limits: TransferLimits;
  readonly #canResume: boolean;
  readonly #md5: Md5 | undefined;
  #reader: ReadableStreamDefaultReader<Uint8Array>;
  #offset = 0;
  #resumes = 0;
  /** Resumes since the last byte came. */
  #idleResumes = 0;
  #brokenBy: unknown;
  #over = false;

  /** `first` is the 200 that answered a GET of the whole. */
  constructor(link: SignedLink, first: Response, limits: TransferLimits) {
    this.#link = link;
    this.#limits = limits;
    const { headers } = first;
    // The runtime decodes an encoded body, but length, digest and ranges are those of the encoded bytes.
    const plain = headers.get("content-encoding") === null;
    const length = headers.get("content-length");
    this.size = plain && length !== null ? Number(length) : undefined;
    this.etag = headers.get("etag") ?? undefined;
    this.contentMd5 = (plain && headers.get("content-md5")) || undefined;
    this.#canResume = plain && this.etag !== undefined && !this.etag.startsWith("W/");
    this.#md5 = this.contentMd5 === undefined ? undefined : new Md5();
    this.#reader = readerOf(first);
    this.body = this.#stream();
  }

  #stream(): ReadableStream<Uint8Array> {
    const { signal } = this.#limits;
    let onAbort: (() => void) | undefined;
    const end = () => {
      this.#over = true;
      if (onAbort) signal?.removeEventListener("abort", onAbort);
    };
    const stop = (reason: unknown) => {
      end();
      void this.#reader.cancel(reason).catch(() => {});
    };
    return new ReadableStream<Uint8Array>(
      {
        start(controller) {
          onAbort = () => {
            controller.error(signal?.reason);
            stop(signal?.reason);
          };
          signal?.addEventListener("abort", onAbort);
        },
        pull: async (controller) => {
          try {
            const bytes = await this.#next();
            if (this.#over) return;
            if (bytes !== undefined) return controller.enqueue(bytes);
            end();
            controller.close();
          } catch (error) {
            stop(error);
            throw error;
          }
        },
        cancel: stop,
      },
      // Nothing is read before it is asked for, so memory stays flat and no timer runs while the caller is busy.
      { highWaterMark: 0 },
    );
  }

  /** The next bytes, or undefined after the last. */
  async #next(): Promise<Uint8Array | undefined> {
    const { maxBytes } = this.#limits;
    if ((this.size ?? 0) > maxBytes) throw this.#tooLong();
    while (!this.#over) {
      const bytes = await this.#read();
      if (bytes === undefined) {
        if (this.#isWhole()) return this.#checkDigest();
        await this.#resume();
      } else if (bytes.length > 0) {
        this.#idleResumes = 0;
        this.#offset += bytes.length;
        if (this.#offset > maxBytes) throw this.#tooLong();
        this.#md5?.update(bytes);
        return bytes;
      }
    }
    return undefined;
  }

  /** What comes next on this connection, or undefined when nothing more comes: see `#brokenBy` for why. */
  async #read(): Promise<Uint8Array | undefined> {
    const { timeout, deadline } = this.#limits;
    const left = deadline - performance.now();
    const onTimeout = () => {
      const limit = left < timeout ? "its total time" : `${timeout} ms without a byte`;
      throw new TimeoutError(`${this.#link.name} stopped after ${this.#progress()} and ${limit}`);
    };
    try {
      const limit = Math.max(0, Math.min(timeout, left));
      const { value } = await within(limit, undefined, onTimeout, () => this.#reader.read());
      this.#brokenBy = undefined;
      return value;
    } catch (error) {
      if (error instanceof TimeoutError) throw error;
      this.#brokenBy = error;
      return undefined;
    }
  }

  #isWhole(): boolean {
    if (this.#over) return true;
    return this.size === undefined ? this.#brokenBy === undefined : this.#offset === this.size;
  }

  #checkDigest(): undefined {
    if (this.#over || this.#md5 === undefined || this.#md5.base64() === this.contentMd5) return;
    throw this.#link.failure("its bytes do not match the MD5 that the storage sent with them");
  }

  /** Goes on where the last connection broke off, with the same version of the mail. */
  async #resume(): Promise<void> {
    const { signal } = this.#limits;
    while (this.#canResume && this.#resumes < MOST_RESUMES) {
      // Whoever made progress goes on at once.
      if (this.#idleResumes > 0) await pause(backoff(this.#idleResumes - 1), signal);
      this.#resumes++;
      this.#idleResumes++;
      const answer = await this.#openRest();
      if (answer === undefined) continue;
      const { received } = answer;
      if (received.status === 206 && this.#isRest(received.headers)) {
        this.#reader = readerOf(received);
        return;
      }
      dropBody(received);
      if (received.status === 412) throw this.#link.failure("it changed meanwhile", answer);
      if (!mayPass(received.status)) throw this.#link.refusal(answer);
    }
    throw this.#link.failure(`it broke off after ${this.#progress()}`, { cause: this.#brokenBy });
  }

  async #openRest(): Promise<Answer | undefined> {
    const headers = { range: `bytes=${this.#offset}-`, "if-match": this.etag ?? "" };
    try {
      return await this.#link.open(headers, { maxRetries: 0 });
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      this.#brokenBy = error;
      return undefined;
    }
  }

  #isRest(headers: Headers): boolean {
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
    // Browsers may hide the header; the status and the digest have to do then.
    return range === null || Number(range[1]) === this.#offset;
  }

  #tooLong(): Error {
    return this.#link.failure(
      `it is longer than ${this.#limits.maxBytes} bytes, the maxBytes given`,
    );
  }

  #progress(): string {
    return `${this.#offset} of ${this.size ?? "an unknown number of"} bytes`;
  }
}

function readerOf(response: Response): ReadableStreamDefaultReader<Uint8Array> {
  const body: ReadableStream<Uint8Array> = response.body ?? new Blob([]).stream();
  return body.getReader();
}
