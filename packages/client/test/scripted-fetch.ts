import { ArchivesClient } from "../src/index.ts";
import type { ClientOptions } from "../src/index.ts";
import { API_KEY } from "./server.ts";

/** A `fetch` that answers in turn, with the last answer for all that follow, and records when it was called. */
export interface ScriptedFetch {
  (url: string, init: RequestInit): Promise<Response>;
  /** Milliseconds since the first call, one for each call. */
  times: number[];
  calls: { url: string; init: RequestInit }[];
}

/** Each `answer` makes a new Response, or throws. */
export function scriptedFetch(...answers: (() => Response)[]): ScriptedFetch {
  const times: number[] = [];
  const calls: ScriptedFetch["calls"] = [];
  let first: number | undefined;
  const fetch = async (url: string, init: RequestInit) => {
    first ??= Date.now();
    times.push(Date.now() - first);
    calls.push({ url, init });
    const next = answers[Math.min(calls.length, answers.length) - 1];
    if (next === undefined) throw new Error("No answer was scripted.");
    return next();
  };
  return Object.assign(fetch, { times, calls });
}

/** A client that sends through `fetch`. */
export function clientThrough(fetch: ScriptedFetch, options: ClientOptions = {}): ArchivesClient {
  return new ArchivesClient({
    apiKey: API_KEY,
    baseUrl: "https://api.example.com",
    fetch,
    ...options,
  });
}

/** An empty list. */
export function emptyList(): Response {
  return new Response("[]", { headers: { "x-request-id": "ok" } });
}

/** An answer without a body, as the service often sends for errors. */
export function answer(status: number, headers: Record<string, string> = {}): () => Response {
  return () => new Response(null, { status, headers });
}
