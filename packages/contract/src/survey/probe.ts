import { setTimeout as sleep } from "node:timers/promises";
import type { MailArchive } from "@np6-archives/spec";
import type { ExchangeValidator } from "../exchange/exchange-validator.ts";
import { CouldNotRunError } from "./could-not-run.ts";
import { isLost, isNoApi, isOurLimit, isRefused } from "./exchange.ts";
import type { Exchange, Failure } from "./exchange.ts";
import { request } from "./request.ts";
import { failureWait, rateLimitWait } from "./retry-wait.ts";

/** What is special about a request. */
export interface Manner {
  /** Default `given`: the key that verify was called with. */
  key?: keyof typeof KEY_NOTES;
  /** Default: any type, as with curl. */
  accept?: string;
  /** Default GET. */
  method?: "GET" | "HEAD";
  /** Whether it is sent even if too many were lost already. Default false. */
  always?: boolean;
}

/** What a probe needs to know. */
export interface ProbeOptions {
  validator: ExchangeValidator;
  /** Without a slash at the end. */
  baseUrl: string;
  apiKey: string;
  /** Milliseconds that a request may take, whole body included. */
  deadline: number;
  /** How often a request that failed is tried again. */
  retries: number;
  fetch: typeof fetch;
}

const ENOUGH_OF_A_MAIL = 256 * 1024;
const MOST_RATE_LIMITED = 5;
/** The most time, in milliseconds, for all waits together that the server asks for. */
const LONGEST_WAIT = 120_000;
/** After this many requests without a whole answer, despite retries, nothing more is asked. */
const MOST_LOST = 3;
/** After this many requests of one kind that failed despite retries, others of that kind are tried only once. */
const MOST_FAILED = 2;
/** How long an answer to anything at all may take when the first request got none, in milliseconds. */
const GREETING_DEADLINE = 5000;

/** Sends one request after the other, each within a deadline; retries, and waits when the server says so. */
export class Probe {
  /** Where the API is, without a slash at the end. */
  readonly baseUrl: string;
  /** Every exchange with the API in order, including those that were retried. */
  readonly exchanges: Exchange[] = [];
  /** How many requests went out, links included. */
  requests = 0;
  /** The outcome of asking for anything else when the first request got no answer. */
  greeting: Exchange | undefined;
  /** Why nothing more is asked although there was an API; undefined otherwise. */
  brokenOff: CouldNotRunError | undefined;
  readonly #options: ProbeOptions;
  readonly #failed = new Map<string, number>();
  #waited = 0;
  #lost = 0;
  #hasAnswered = false;

  constructor(options: ProbeOptions) {
    this.baseUrl = options.baseUrl;
    this.#options = options;
  }

  /**
   * Asks the API for a path and query below the base URL.
   *
   * Waits and retries on 429, and after a failure. Undefined when too many requests were lost already, or when the API
   * was there before and is gone or asks for too long a wait: what it answered until then still counts.
   *
   * @throws CouldNotRunError when nobody answers HTTP there, or asks for too long a wait, and no API was seen.
   */
  async ask(target: string, manner: Manner = {}): Promise<Exchange | undefined> {
    if (this.brokenOff !== undefined || (this.#lost >= MOST_LOST && !manner.always))
      return undefined;
    try {
      return await this.#askUntilAnswered(target, manner);
    } catch (error) {
      if (!(error instanceof CouldNotRunError) || !this.exchanges.some(isOfApi)) throw error;
      this.brokenOff = error;
      return undefined;
    }
  }

  async #askUntilAnswered(target: string, manner: Manner): Promise<Exchange> {
    const exchange = await this.#persist(manner.key ?? "given", async () => {
      const answer = await this.#once(target, manner);
      this.exchanges.push(answer);
      return answer;
    });
    // A server that went away in between says nothing about the contract.
    if (exchange.failure !== undefined && isAbsent(exchange.failure)) {
      await this.#greet(exchange.failure);
    }
    if (exchange.failure !== undefined) this.#lost += 1;
    return exchange;
  }

  /** Opens a link, without the key, redirects or encodings. Of a long mail only the beginning is read. */
  async open(url: string): Promise<Exchange> {
    const init = { method: "GET", headers: new Headers({ "accept-encoding": "identity" }) };
    return this.#persist("link", () =>
      this.#request(`GET ${url}`, url, init, { enough: ENOUGH_OF_A_MAIL }),
    );
  }

  /** Retries until the answer is no failure of server or network, or the retries are used up. */
  async #persist(kind: string, ask: () => Promise<Exchange>): Promise<Exchange> {
    const failedTries: string[] = [];
    for (let rateLimited = 0; ;) {
      const exchange = await ask();
      exchange.failedTries = failedTries;
      if (exchange.status === 429) {
        rateLimited += 1;
        const wait = rateLimitWait(exchange.headers, rateLimited, Date.now());
        if (rateLimited >= MOST_RATE_LIMITED || this.#waited + wait > LONGEST_WAIT) {
          // Not fatal for a link, whose host may be another, nor for bad keys: a server that locks those out may still
          // accept the good one.
          if (kind !== "given") return exchange;
          throw new CouldNotRunError(
            `${this.origin}: expected answers, got 429 and a wait of ${Math.ceil(wait / 1000)} s more.`,
          );
        }
        exchange.wasTriedAgain = true;
        this.#waited += wait;
        await sleep(wait);
        continue;
      }
      const reason = failureOf(exchange);
      if (reason === undefined) return exchange;
      const { failure } = exchange;
      const wait = failureWait(exchange.headers, failedTries.length + 1, Date.now());
      const failed = this.#failed.get(kind) ?? 0;
      const isOver =
        failedTries.length >= this.#options.retries ||
        failed >= MOST_FAILED ||
        failure?.kind === "not-http" ||
        this.#waited + wait > LONGEST_WAIT;
      if (failure !== undefined && !this.#hasAnswered && (isOver || isOurLimit(failure))) {
        await this.#greet(failure);
      }
      if (isOver) {
        this.#failed.set(kind, failed + 1);
        return exchange;
      }
      failedTries.push(reason);
      exchange.wasTriedAgain = true;
      this.#waited += wait;
      await sleep(wait);
    }
  }

  async #once(target: string, manner: Manner): Promise<Exchange> {
    const { validator } = this.#options;
    const { method = "GET", accept = "*/*", key: kind = "given" } = manner;
    const headers = new Headers({ accept });
    const key = this.#key(kind);
    if (key !== undefined) headers.set("x-key", key);
    const label = `${method} ${target}${KEY_NOTES[kind]}`;

    const exchange = await this.#request(label, this.baseUrl + target, { method, headers });
    const { status, body } = exchange;
    if (status === undefined || exchange.failure !== undefined || method === "HEAD")
      return exchange;
    let isDocumented = true;
    exchange.violations = await validator.validate({ method, target, headers }, async (wrong) => {
      isDocumented = wrong.every(({ operation }) => operation !== undefined);
      return { status, headers: exchange.headers, read: () => Promise.resolve(body) };
    });
    // An answer at an undocumented path is no listing, and was not checked.
    if (status === 200 && isDocumented && exchange.violations.length === 0) {
      exchange.archives = JSON.parse(new TextDecoder().decode(body)) as MailArchive[];
    }
    return exchange;
  }

  async #request(
    label: string,
    url: string,
    init: RequestInit,
    limits: { deadline?: number; enough?: number } = {},
  ): Promise<Exchange> {
    const { deadline, fetch } = this.#options;
    this.requests += 1;
    const exchange = await request({ label, url, init, deadline, fetch, ...limits });
    this.#hasAnswered ||= exchange.status !== undefined;
    return exchange;
  }

  /**
   * If nothing was answered yet, asks once for something else: a broken operation does not mean that the server is
   * absent.
   */
  async #greet(failure: Failure): Promise<void> {
    const url = `${this.baseUrl}/`;
    // A deadline of its own, however short the caller's: a slow server is there.
    const limits = { deadline: GREETING_DEADLINE };
    if (!isAbsent(failure)) {
      this.greeting = await this.#request(`GET ${url}`, url, { headers: new Headers() }, limits);
      if (this.greeting.status !== undefined) return;
    }
    throw new CouldNotRunError(
      `${this.origin}: expected an HTTP answer, got none: ${failure.reason}.`,
    );
  }

  #key(kind: NonNullable<Manner["key"]>): string | undefined {
    if (kind === "given") return this.#options.apiKey;
    if (kind === "near") return nearKey(this.#options.apiKey);
    if (kind === "wrong") return `no-such-key-${crypto.randomUUID()}`;
    return kind === "blank" ? "" : undefined;
  }

  /** The API's name in errors. */
  get origin(): string {
    return new URL(this.baseUrl).origin;
  }
}

/** A key that a server accepts if it compares only a part of the key. It reveals all but one character. */
export function nearKey(apiKey: string): string {
  return apiKey.replace(/.$/, (last) => (last === "x" ? "y" : "x"));
}

/** Whether it is an answer of an API that accepts the key. */
function isOfApi(exchange: Exchange): boolean {
  return !isNoApi(exchange) && !isRefused(exchange) && exchange.status !== 429;
}

/** Whether no connection could be made, so that another request would fare no better. */
function isAbsent({ kind }: Failure): boolean {
  return kind === "unreachable" || kind === "dropped";
}

/** Why to retry: no whole answer, or a failure of the server that may pass. */
function failureOf(exchange: Exchange): string | undefined {
  const { failure, status } = exchange;
  if (failure !== undefined) return failure.reason;
  return isLost(exchange) && status !== 501 ? `status ${status}` : undefined;
}

const KEY_NOTES = {
  given: "",
  wrong: ", with a wrong key",
  near: ", with a key that differs in its last character",
  none: ", without a key",
  blank: ", with a blank key",
};
