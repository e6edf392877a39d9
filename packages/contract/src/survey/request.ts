import { watchConnecting } from "./connecting.ts";
import type { Exchange, Failure } from "./exchange.ts";
import { afterRunning } from "./running-time.ts";

const LONGEST_BODY = 64 * 1024 * 1024;

/** A request, and how long to wait for its answer. */
export interface Asked {
  label: string;
  url: string;
  init: RequestInit;
  /** Milliseconds that it may take, whole body included. */
  deadline: number;
  fetch: typeof fetch;
  /** Bytes of the body after which no more is read. Default: all. */
  enough?: number;
}

/** Makes one request. It never throws: a failure is in the exchange. */
export async function request({
  label,
  url,
  init,
  deadline,
  fetch,
  enough = Infinity,
}: Asked): Promise<Exchange> {
  const exchange: Exchange = {
    label,
    status: undefined,
    headers: new Headers(),
    body: new Uint8Array(),
    isWhole: true,
    failure: undefined,
    failedTries: [],
    wasTriedAgain: false,
    duration: 0,
    violations: [],
    archives: undefined,
  };
  const startedAt = performance.now();
  const abort = new AbortController();
  let givenUp: Failure | undefined;
  const giveUp = (failure: Failure): void => {
    givenUp ??= failure;
    abort.abort();
  };
  const late: Failure = { kind: "deadline", reason: `no whole answer within ${deadline / 1000} s` };
  const callOff = afterRunning(deadline, () => giveUp(late));
  const endWatch = watchConnecting(new URL(url).host, (reason) =>
    giveUp({ kind: "dropped", reason }),
  );
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: abort.signal });
    exchange.status = response.status;
    // Node keeps the whitespace around a value, which does not count (RFC 9110, section 5.5). A copy is trimmed.
    exchange.headers = new Headers([...response.headers]);
    await readBody(response, exchange, enough);
  } catch (error) {
    exchange.failure = givenUp ?? brokenBy(error);
  } finally {
    callOff();
    endWatch();
  }
  exchange.duration = performance.now() - startedAt;
  return exchange;
}

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

const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EACCES",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** OpenSSL's codes, those of Node's TLS and HTTP parsers, and a port that fetch refuses. */
const NOT_HTTP = /CERT|^(ERR_SSL|ERR_TLS|EPROTO|HPE_|UNABLE_TO_|bad port)/;

function brokenBy(error: unknown): Failure {
  const { code, message } = rootCause(error);
  // Fetch does not give a 407 as an answer, and undici has no error text for it, except for that of a tunnel.
  const isBare = (code || message) === "" && (error as Error).message === "fetch failed";
  const isProxys = isBare || message.includes("(407)");
  const told = isProxys ? "407, it seems: a proxy asks for a password" : code || message;
  const reason = `the connection failed (${told})`;
  if (isProxys) return { kind: "not-http", reason };
  if (UNREACHABLE.has(code)) return { kind: "unreachable", reason };
  return { kind: NOT_HTTP.test(code || message) ? "not-http" : "broken", reason };
}

function rootCause(error: unknown): { code: string; message: string } {
  const { cause, errors } = error as { cause?: unknown; errors?: unknown[] };
  if (cause instanceof Error) return rootCause(cause);
  // A host with several addresses has an error for each; the first will do.
  if (errors?.[0] instanceof Error) return rootCause(errors[0]);
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { code: typeof code === "string" ? code : "", message: String(message) };
}
