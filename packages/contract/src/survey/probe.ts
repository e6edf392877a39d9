import { setTimeout as sleep } from "node:timers/promises";
import type { MailArchive } from "@np6-archives/spec";
import type { ExchangeValidator } from "../exchange/exchange-validator.ts";
import { CouldNotRunError } from "./could-not-run.ts";
import { isLost, isNoApi, isOurLimit, isRefused } from "./exchange.ts";
import type { Exchange, Failure } from "./exchange.ts";
import { request } from "./request.ts";
import { failureWait, rateLimitWait } from "./retry-wait.ts";

/** What is not usual about a request. */
export interface Manner {
  /** Default `given`: the key that verify was called with. */
  key?: keyof typeof KEY_NOTES;
  /** Default: none, as curl does it. */
  accept?: string;
  /** Default GET. */
  method?: "GET" | "HEAD";
  /** Whether it is asked even where too much was lost already. Default false. */
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
/** Milliseconds that all waits that the server asks for may take together. */
const LONGEST_WAIT = 120_000;
/** Requests without a whole answer, however often tried, after which nothing more is asked. */
const MOST_LOST = 3;
/** Requests of one kind that failed to the end, after which others of that kind are tried but once. */
const MOST_FAILED = 2;
/** Milliseconds in which somebody has to answer anything at all, where the first request got no answer. */
const GREETING_DEADLINE = 5000;

/** Asks one request after the other, within a deadline each; tries again, and waits when the server says so. */
export class Probe {
  /** Where the API is, without a slash at the end. */
  readonly baseUrl: string;
  /** Every exchange with the API, also those that were tried again, in order. */
  readonly exchanges: Exchange[] = [];
  /** How many requests went out, links included. */
  requests = 0;
  /** What came of asking for anything else, where the first request got no answer. */
  greeting: Exchange | undefined;
  /** Why nothing more is asked, though there was an API; undefined as long as there is one. */
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
   * Waits and asks again on 429, and after a failure. Undefined when too many requests went without a whole answer
   * already, and where the API that was there is gone or asks for too long a wait: that takes back nothing it said.
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
    // A server that was there and is gone says nothing about the contract.
    if (exchange.failure !== undefined && isAbsent(exchange.failure)) {
      await this.#greet(exchange.failure);
    }
    if (exchange.failure !== undefined) this.#lost += 1;
    return exchange;
  }

  /** Opens a link: no key, no redirect, no encoding asked for. Of a long mail only the beginning is read. */
  async open(url: string): Promise<Exchange> {
    const init = { method: "GET", headers: new Headers({ "accept-encoding": "identity" }) };
    return this.#persist("link", () =>
      this.#request(`GET ${url}`, url, init, { enough: ENOUGH_OF_A_MAIL }),
    );
  }

  /** Tries until an answer comes that is no failure of the server or the network, or the retries are used up. */
  async #persist(kind: string, ask: () => Promise<Exchange>): Promise<Exchange> {
    const failedTries: string[] = [];
    for (let rateLimited = 0; ;) {
      const exchange = await ask();
      exchange.failedTries = failedTries;
      if (exchange.status === 429) {
        rateLimited += 1;
        const wait = rateLimitWait(exchange.headers, rateLimited, Date.now());
        if (rateLimited >= MOST_RATE_LIMITED || this.#waited + wait > LONGEST_WAIT) {
          // The host of a link need not be that of the API, and one that locks out bad keys goes on taking the good one.
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
    limits: { deadline?: number; enough?: number } = {},
  ): Promise<Exchange> {
    const { deadline, fetch } = this.#options;
    this.requests += 1;
    const exchange = await request({ label, url, init, deadline, fetch, ...limits });
    this.#hasAnswered ||= exchange.status !== undefined;
    return exchange;
  }

  /** Where nothing was answered yet, asks for anything else, once: a broken operation is no absent server. */
  async #greet(failure: Failure): Promise<void> {
    const url = `${this.baseUrl}/`;
    // However short the caller's own is: who is late is there.
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

  /** What an error calls the API. */
  get origin(): string {
    return new URL(this.baseUrl).origin;
  }
}

/** A key that who compares a part of the key alone takes. It gives away all but one character. */
export function nearKey(apiKey: string): string {
  return apiKey.replace(/.$/, (last) => (last === "x" ? "y" : "x"));
}

/** Whether it is an answer of an API, and of one that lets the key in. */
function isOfApi(exchange: Exchange): boolean {
  return !isNoApi(exchange) && !isRefused(exchange) && exchange.status !== 429;
}

/** Whether there was nobody to talk to, so that another question would fare no better. */
function isAbsent({ kind }: Failure): boolean {
  return kind === "unreachable" || kind === "dropped";
}

/** Why to try again: no whole answer, or a failure of the server that may pass. */
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
