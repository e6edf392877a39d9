import type { IncomingMessage } from "node:http";
import type { ArchiveStore } from "../data/dataset.ts";
import type { Listing } from "../data/listing.ts";
import { listingOf } from "../data/listing.ts";
import { TARGET_STORIES } from "../data/stories.ts";
import type { Answer } from "../server/answer.ts";
import { invalidAnswer, problem } from "../server/answer.ts";
import type { Violation } from "../server/journal.ts";
import type { Call } from "../server/origin.ts";
import { readBody } from "../server/request-body.ts";
import type { Engine, EngineRequest, Verdict } from "./engine.ts";
import { createListingAnswers } from "./listing-answers.ts";
import type { Preference } from "./prefer.ts";
import { parsePrefer } from "./prefer.ts";
import { memoised } from "./verdict-memo.ts";

/** The archive operations: Prism says whether a request is right, the dataset says what is in the list. */
export interface Api {
  answer(call: Call): Promise<Answer>;
  /** Forgets which calls the story ids have had. */
  reset(): void;
}

export function createApi(options: {
  engine: Engine;
  store: ArchiveStore;
  /** Undefined: any key that is not blank. */
  apiKeys: readonly string[] | undefined;
}): Api {
  const { engine, store } = options;
  const judge = memoised(engine);
  const keys = options.apiKeys && new Set(options.apiKeys);
  const answerListing = createListingAnswers(engine, store);
  const calls = new Map<string, number>();

  const storyFault = (listing: Listing): Answer["fault"] => {
    if (listing.by === "stamp") return undefined;
    const story = TARGET_STORIES.find(({ id }) => id === listing.target);
    if (story?.fault === undefined) return undefined;
    const count = calls.get(story.id) ?? 0;
    calls.set(story.id, count + 1);
    return story.everyOther && count % 2 === 1 ? undefined : story.fault;
  };

  return {
    async answer({ request }) {
      const url = urlOf(request);
      if (url === undefined) {
        return problem(
          400,
          "Invalid path",
          "The path is not a valid one: its percent-escapes or its form are broken.",
        );
      }
      const refusal = unreadable(request);
      if (refusal !== undefined) return refusal;
      const body = await readBody(request);
      if ("refusal" in body) return body.refusal;

      let preference: Preference | undefined;
      try {
        preference = parsePrefer(request.headers["prefer"] as string | undefined);
      } catch (error) {
        return problem(422, "Invalid request", (error as TypeError).message);
      }

      const asked = engineRequest(request, url, body.value, keys);
      let verdict: Verdict;
      try {
        verdict = await judge(asked, preference ?? {});
      } catch (error) {
        // What Prism stumbles over is always in the request; its own server would be gone by now.
        return problem(400, "Invalid request", `The request can not be read: ${String(error)}`);
      }
      const { accept } = request.headers;
      if (
        accept !== undefined &&
        verdict.body === undefined &&
        verdict.violations.some(isWrongAnswer)
      ) {
        // With */* among what is not accepted (q=0), Prism answers 200 without the body that it needs.
        return problem(406, "Not acceptable", `Nothing in the spec fits Accept: ${accept}.`);
      }
      const listing = verdict.status === 200 ? listingOf(url.pathname) : undefined;
      if (listing === undefined || preference !== undefined) return spoken(verdict);
      const listed = await answerListing(asked, verdict, listing);
      const warnings = verdict.violations.filter(({ location }) => location[0] === "request");
      const violations = [...(listed.violations ?? []), ...warnings];
      return { ...listed, violations, fault: storyFault(listing) };
    },
    reset: () => calls.clear(),
  };
}

/** The url asked for, or undefined when it is none or holds escapes that do not decode. */
function urlOf({ url = "" }: IncomingMessage): URL | undefined {
  try {
    const parsed = new URL(url.startsWith("/") ? `http://mock${url}` : url);
    decodeURIComponent(parsed.pathname);
    return parsed;
  } catch {
    return undefined;
  }
}

/** Headers that Prism's own server dies of. */
function unreadable({ headers: { accept } }: IncomingMessage): Answer | undefined {
  if (accept === undefined || accept.split(",").every((range) => MEDIA_RANGE.test(range))) {
    return undefined;
  }
  const detail = `Accept: expected media ranges such as application/vnd.np6.cm.mail.archive or */*, got ${JSON.stringify(accept.slice(0, 100))}.`;
  return problem(406, "Not acceptable", detail);
}

const MEDIA_RANGE =
  /^\s*[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;\s*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[^"]*")\s*)*$/;

function engineRequest(
  request: IncomingMessage,
  url: URL,
  body: unknown,
  keys: ReadonlySet<string> | undefined,
): EngineRequest {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === "string") headers[name] = value;
  }
  // Prism asks only whether there is a key, so it never learns which; a key that is not listed is none.
  const key = headers["x-key"];
  delete headers["x-key"];
  if (key && (keys === undefined || keys.has(key))) headers["x-key"] = "present";

  const query: EngineRequest["query"] = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? (values[0] as string) : values;
  }
  return { method: request.method ?? "GET", path: url.pathname, query, headers, body };
}

/** Prism's own answer as bytes, unless the spec's example breaks the spec. */
function spoken({ status, headers, body, violations }: Verdict): Answer {
  const wrong = violations.filter(isWrongAnswer);
  if (wrong.length > 0) return invalidAnswer(wrong);
  const { "content-type": type = "", ...rest } = headers;
  if (body === undefined) return { status, headers: rest, violations };
  const text = typeof body === "string" && type.startsWith("text/") ? body : JSON.stringify(body);
  return { status, headers, body: text, violations };
}

function isWrongAnswer({ location, severity }: Violation): boolean {
  return location[0] === "response" && severity === "Error";
}
