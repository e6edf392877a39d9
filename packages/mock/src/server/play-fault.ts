import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "./answer.ts";
import type { FaultPlan } from "./fault.ts";

/**
 * The answer that a fault makes of the usual one. Faults of the connection do not change it: {@link send} plays them.
 */
export function faulty(answer: Answer, plan: FaultPlan, now: Date): Answer {
  switch (plan.kind) {
    case "status":
      return { ...answer, status: plan.status, headers: {}, body: undefined };
    case "rate-limit":
      return { ...answer, status: 429, headers: rateLimitHeaders(plan, now), body: undefined };
    case "html":
      return {
        ...answer,
        status: 502,
        headers: { "content-type": "text/html" },
        body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
      };
    case "empty":
      return { ...answer, status: 200, headers: withoutLength(answer), body: undefined };
    case "wrong-type":
      return {
        ...answer,
        headers: { ...answer.headers, "content-type": "text/plain; charset=utf-8" },
      };
    case "malformed-json":
      return {
        ...answer,
        status: 200,
        headers: withoutLength(answer),
        body: '[{"id":"43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11","action":"00000A","tar',
      };
    default:
      return answer;
  }
}

/** The headers of a 429. `limit` is made up: a fault has no real one. */
function rateLimitHeaders(
  { seconds = 1, headers }: FaultPlan & { kind: "rate-limit" },
  now: Date,
): Record<string, string> {
  const values: Record<(typeof headers)[number], [name: string, value: string]> = {
    "retry-after": ["retry-after", String(seconds)],
    limit: ["x-ratelimit-limit", "100"],
    remaining: ["x-ratelimit-remaining", "0"],
    reset: ["x-ratelimit-reset", String(seconds)],
    "reset-epoch": ["x-ratelimit-reset", String(Math.ceil(now.getTime() / 1000) + seconds)],
  };
  return Object.fromEntries(headers.map((header) => values[header]));
}

function withoutLength({ headers }: Answer): Record<string, string> {
  const { "content-length": _, ...rest } = headers;
  return rest;
}

/** Writes an answer, and plays the faults of the connection. Ends early when the client closes it. */
export async function send(
  response: ServerResponse,
  answer: Answer,
  plan?: FaultPlan,
  latency = 0,
): Promise<void> {
  const wait = async (ms: number): Promise<void> => {
    const gone = new AbortController();
    const abort = (): void => gone.abort();
    response.once("close", abort);
    await delay(ms, undefined, { signal: gone.signal }).catch(() => {});
    response.off("close", abort);
  };

  const total = latency + (plan?.kind === "latency" ? plan.ms : 0);
  if (total > 0) await wait(total);
  if (response.destroyed) return;
  if (plan?.kind === "reset") {
    // The request's socket: with pipelining, an answer that waits for an earlier one has none yet.
    response.req.socket.resetAndDestroy();
    return;
  }

  const { body } = answer;
  const length = typeof body === "string" ? Buffer.byteLength(body) : (body?.length ?? 0);
  const bodiless = answer.status === 204 || answer.status === 304;
  const unfinished = plan?.kind === "hang" || plan?.kind === "truncate";
  response.writeHead(answer.status, {
    // Without a body, a length of 0 would make the answer complete.
    ...(!bodiless && !(unfinished && length === 0) && { "content-length": String(length) }),
    ...answer.headers,
    // An answer to HEAD is complete all the same, so nothing may be sent after it.
    ...(unfinished && { connection: "close" }),
  });

  switch (plan?.kind) {
    case "hang":
      response.flushHeaders();
      return;
    case "truncate":
      response.flushHeaders();
      response.write(bytesOf(body).subarray(0, length >> 1), () => response.destroy());
      return;
    case "dribble":
      response.flushHeaders();
      for (const [piece, pause] of pieces(bytesOf(body), plan.bytesPerSecond)) {
        if (response.destroyed) return;
        response.write(piece);
        await wait(pause);
      }
      response.end();
      return;
    default:
      response.end(body);
  }
}

function bytesOf(body: Answer["body"]): Buffer {
  return typeof body === "string" ? Buffer.from(body) : (body ?? Buffer.alloc(0));
}

/** The body in pieces for a rate: about ten a second, or single bytes when that is too many. */
function* pieces(body: Buffer, bytesPerSecond: number): Generator<[piece: Buffer, ms: number]> {
  const size = Math.max(1, Math.floor(bytesPerSecond / 10));
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    yield [piece, (piece.length / bytesPerSecond) * 1000];
  }
}
