import { setTimeout as sleep } from "node:timers/promises";
import type { MailArchive } from "@np6-archives/spec";
import type { ExchangeValidator } from "../exchange/exchange-validator.ts";
import type { Violation } from "../exchange/violation.ts";
import { retryWait } from "./retry-wait.ts";

/** One request and what came of it. */
export interface Exchange {
  /** Method, path and query, and what was odd about it: `GET /targets/000T123/archives, without a key`. */
  label: string;
  /** Undefined when no answer came. */
  status: number | undefined;
  headers: Headers;
  body: Uint8Array;
  /** False where there is more of the body than was read. */
  isWhole: boolean;
  /** Why there is no whole answer: the deadline, or the connection. */
  failure: string | undefined;
  /** Whether there was no connection to begin with. */
  isUnreachable: boolean;
  /** Where the answer is not what the contract says. */
  violations: Violation[];
  /** The list of a 200 answer that keeps the contract. */
  archives: MailArchive[] | undefined;
}

/** What is not usual about a request. */
export interface Manner {
  /** Default `given`: the key that verify was called with. */
  key?: keyof typeof KEY_NOTES;
  /** Default: none, as curl does it. */
  accept?: string;
  /** Default GET. */
  method?: "GET" | "HEAD";
}

/** Why verify ended without a verdict; the command line exits with 2. */
export class CouldNotRunError extends Error {
  /** Always `CouldNotRunError`. */
  override readonly name = "CouldNotRunError";
}

/** What a probe needs to know. */
export interface ProbeOptions {
  validator: ExchangeValidator;
  /** Without a slash at the end. */
  baseUrl: string;
  apiKey: string;
  /** Milliseconds that a request may take, whole body included. */
  deadline: number;
  fetch: typeof fetch;
}

const LONGEST_BODY = 64 * 1024 * 1024;
const ENOUGH_OF_A_MAIL = 256 * 1024;
const MOST_RATE_LIMITED = 5;
/** Milliseconds that all waits together may take before verify gives up. */
const LONGEST_WAIT = 120_000;
const MOST_FAILURES = 3;

/** Asks one request after the other, within a deadline each, and waits when the server says so. */
export class Probe {
  /** Every exchange with the API, the rate-limited ones too, in order. */
  readonly exchanges: Exchange[] = [];
  /** How many requests went out, links included. */
  requests = 0;
  readonly #options: ProbeOptions;
  #waited = 0;
  #failures = 0;

  constructor(options: ProbeOptions) {
    this.#options = options;
  }

  /**
   * Asks the API for a path and query below the base URL.
   *
   * Waits and asks again on 429, and once more on a 5xx. Undefined when too many requests went without a whole
   * answer already. Throws {@link CouldNotRunError} when the server can not be reached or asks for too long a wait.
   */
  async ask(target: string, manner: Manner = {}): Promise<Exchange | undefined> {
    for (let rateLimited = 0, failed = 0; ;) {
      if (this.#failures >= MOST_FAILURES) return undefined;
      const exchange = await this.#once(target, manner);
      if (exchange.isUnreachable) {
        const { origin } = new URL(this.#options.baseUrl);
        throw new CouldNotRunError(`${origin} can not be reached: ${exchange.failure}.`);
      }
      this.exchanges.push(exchange);
      if (exchange.failure !== undefined) this.#failures += 1;
      if (exchange.status === 429) {
        rateLimited += 1;
        await this.#wait(retryWait(exchange.headers, rateLimited, Date.now()), rateLimited);
      } else if (exchange.status !== undefined && exchange.status >= 500 && failed === 0) {
        failed += 1;
        await sleep(500);
      } else return exchange;
    }
  }

  /** Opens a link: no key, no redirect. Of a long mail only the beginning is read. */
  async open(url: string): Promise<Exchange> {
    const init = { method: "GET", headers: new Headers() };
    return this.#request(`GET ${url}`, url, init, ENOUGH_OF_A_MAIL);
  }

  async #once(target: string, manner: Manner): Promise<Exchange> {
    const { validator, baseUrl } = this.#options;
    const method = manner.method ?? "GET";
    const headers = new Headers({ accept: manner.accept ?? "*/*" });
    const key = this.#key(manner.key ?? "given");
    if (key !== undefined) headers.set("x-key", key);
    const label = `${method} ${target}${KEY_NOTES[manner.key ?? "given"]}`;

    const exchange = await this.#request(label, baseUrl + target, { method, headers });
    const { status, body } = exchange;
    if (status === undefined || exchange.failure !== undefined || method === "HEAD")
      return exchange;
    let isDocumented = true;
    exchange.violations = await validator.validate({ method, target, headers }, async (wrong) => {
      isDocumented = wrong.every(({ operation }) => operation !== undefined);
      return { status, headers: exchange.headers, read: () => Promise.resolve(body) };
    });
    // What answers an undocumented path is no listing, and was held to nothing.
    if (status === 200 && isDocumented && exchange.violations.length === 0) {
      exchange.archives = JSON.parse(new TextDecoder().decode(body)) as MailArchive[];
    }
    return exchange;
  }

  async #request(
    label: string,
    url: string,
    init: RequestInit,
    enough = Infinity,
  ): Promise<Exchange> {
    const { deadline } = this.#options;
    const exchange: Exchange = {
      label,
      status: undefined,
      headers: new Headers(),
      body: new Uint8Array(),
      isWhole: true,
      failure: undefined,
      isUnreachable: false,
      violations: [],
      archives: undefined,
    };
    this.requests += 1;
    const signal = AbortSignal.timeout(deadline);
    try {
      const response = await this.#options.fetch(url, { ...init, redirect: "manual", signal });
      exchange.status = response.status;
      exchange.headers = response.headers;
      await readBody(response, exchange, enough);
    } catch (error) {
      const { code, message } = rootCause(error);
      exchange.isUnreachable =
        UNREACHABLE.has(code) || message === "bad port" || code.includes("CERT");
      exchange.failure = signal.aborted
        ? `no whole answer within ${deadline / 1000} s`
        : `the connection failed (${code || message})`;
    }
    return exchange;
  }

  #key(kind: NonNullable<Manner["key"]>): string | undefined {
    if (kind === "given") return this.#options.apiKey;
    // Who compares a part of the key alone takes it.
    if (kind === "near")
      return this.#options.apiKey.replace(/.$/, (last) => (last === "x" ? "y" : "x"));
    if (kind === "wrong") return `no-such-key-${crypto.randomUUID()}`;
    return kind === "blank" ? "" : undefined;
  }

  async #wait(milliseconds: number, rateLimited: number): Promise<void> {
    this.#waited += milliseconds;
    if (rateLimited >= MOST_RATE_LIMITED || this.#waited > LONGEST_WAIT) {
      const seconds = Math.ceil(milliseconds / 1000);
      throw new CouldNotRunError(
        `The server limits the rate of requests: it answered 429 ${rateLimited} times and asks for ${seconds} s more.`,
      );
    }
    await sleep(milliseconds);
  }
}

const KEY_NOTES = {
  given: "",
  wrong: ", with a wrong key",
  near: ", with a key that differs in its last character",
  none: ", without a key",
  blank: ", with a blank key",
};

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EACCES",
  "UND_ERR_CONNECT_TIMEOUT",
]);

async function readBody(response: Response, exchange: Exchange, enough: number): Promise<void> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk);
    length += chunk.length;
    exchange.isWhole = length < enough;
    if (!exchange.isWhole) break;
    if (length > LONGEST_BODY) throw new Error("more than 64 MiB");
  }
  exchange.body = Buffer.concat(chunks);
}

function rootCause(error: unknown): { code: string; message: string } {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof Error) return rootCause(cause);
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: typeof code === "string" ? code : "", message: String(message) };
}
