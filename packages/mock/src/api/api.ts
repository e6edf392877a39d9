import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import type { ArchiveStore } from "../data/dataset.ts";
import type { Listing } from "../data/listing-of-path.ts";
import { listingOf } from "../data/listing-of-path.ts";
import { STAMP_STORIES, TARGET_STORIES } from "../data/story-ids.ts";
import type { Answer } from "../server/answer.ts";
import { invalidAnswer, problem } from "../server/answer.ts";
import type { Violation } from "../server/journal.ts";
import { readBody } from "../server/request-body.ts";
import type { MediaRange } from "./accept.ts";
import { accepts, parseAccept, plainAccept } from "./accept.ts";
import type { Engine, EngineRequest, Verdict } from "./engine.ts";
import { createListingAnswers } from "./listing-answers.ts";
import type { Preference } from "./prefer.ts";
import { parsePrefer } from "./prefer.ts";
import { memoised } from "./verdict-memo.ts";

/** The archive operations: Prism says whether a request is right, the dataset says what is in the list. */
export function createApi(options: {
  engine: Engine;
  store: ArchiveStore;
  /** Undefined: any key that is not blank. */
  apiKeys: readonly string[] | undefined;
  /** The path below which the operations are, such as `/v8`; blank for the root. */
  basePath: string;
  /** How many calls the story ids have had, by operation and id. */
  calls: Map<string, number>;
}): (request: IncomingMessage) => Promise<Answer> {
  const { engine, store, basePath, calls } = options;
  const judge = memoised(engine);
  const keys = options.apiKeys && new Set(options.apiKeys);
  /** Parsed headers: clients send the same few all day. */
  const known = new LRUCache<string, readonly MediaRange[]>({ max: 100, memoMethod: parseAccept });
  const answerListing = createListingAnswers(engine, store);
  const stories = new Map(
    store.dataset.wellKnown.length === 0
      ? []
      : [...TARGET_STORIES, ...STAMP_STORIES].map((story) => [story.id, story] as const),
  );

  const storyFault = (listing: Listing): Answer["fault"] => {
    const story = stories.get(listing.by === "stamp" ? listing.stamp : listing.target);
    if (story?.fault === undefined) return undefined;
    const asked = `${listing.by} ${story.id}`;
    const count = calls.get(asked) ?? 0;
    calls.set(asked, count + 1);
    return story.everyOther && count % 2 === 1 ? undefined : story.fault;
  };

  /**
   * Many generated clients accept only `application/json`. If that is why nothing fits, the request is judged as if it
   * accepted anything, and they get the same bytes under that name.
   */
  const judgeLeniently = async (
    asked: EngineRequest,
    preference: Preference,
    ranges: readonly MediaRange[],
  ): Promise<Judged> => {
    const verdict = await judge(asked, preference);
    // With a code in `Prefer`, Prism fails in the same way whether there is no such answer or none fits `Accept`.
    const isUnanswered = preference.code !== undefined && verdict.status === 404;
    const isUnfit = isUnanswered || isRefused(verdict, asked.headers["accept"]);
    if (!isUnfit || !accepts(ranges, JSON_TYPE)) return { asked, verdict, asJson: false };
    const ofAnyType = { ...asked, headers: { ...asked.headers, accept: "*/*" } };
    return { asked: ofAnyType, verdict: await judge(ofAnyType, preference), asJson: true };
  };

  /** The dataset's list if one is asked for, unless the request prefers an answer of Prism's. */
  const answerJudged = async (
    { asked, verdict, asJson }: Judged,
    accept: string | undefined,
    isPreferring: boolean,
  ): Promise<Answer> => {
    const listing = verdict.status === 200 && !isPreferring ? listingOf(asked.path) : undefined;
    const isNoJson = asJson && listing === undefined && verdict.status < 300 && isText(verdict);
    if (isNoJson || (verdict.status !== 406 && isRefused(verdict, accept))) {
      return problem(406, "Not acceptable", `Nothing in the spec fits Accept: ${accept}.`);
    }
    const asAsked = (answer: Answer) =>
      asJson && answer.status < 300 ? named(answer, JSON_TYPE) : answer;
    if (listing === undefined) return asAsked(prismAnswer(verdict));
    const listed = asAsked(await answerListing(asked, verdict, listing));
    const warnings = verdict.violations.filter(({ location }) => location[0] === "request");
    const violations = [...(listed.violations ?? []), ...warnings];
    return { ...listed, violations, fault: storyFault(listing) };
  };

  return async (request) => {
    const url = urlOf(request);
    if (url === undefined) {
      return problem(
        400,
        "Invalid path",
        "The path is not a valid one: its percent-escapes or its form are broken.",
      );
    }
    if (!url.pathname.startsWith(`${basePath}/`)) {
      const detail = `The path: expected one that begins with ${basePath}/, got another one.`;
      return problem(404, "Not found", detail);
    }
    if (basePath !== "") url.pathname = url.pathname.slice(basePath.length);
    let ranges: readonly MediaRange[];
    const { accept = "" } = request.headers;
    try {
      ranges = known.memo(accept);
    } catch (error) {
      return problem(406, "Not acceptable", (error as TypeError).message);
    }
    const body = await readBody(request);
    if ("refusal" in body) return body.refusal;

    let preference: Preference | undefined;
    try {
      preference = parsePrefer(request.headers["prefer"] as string | undefined);
    } catch (error) {
      return problem(422, "Invalid request", (error as TypeError).message);
    }

    const asked = engineRequest(request, url, body.value, keys);
    const plain = plainAccept(ranges);
    if (plain === undefined) delete asked.headers["accept"];
    else asked.headers["accept"] = plain;
    let judged: Judged;
    try {
      judged = await judgeLeniently(asked, preference ?? {}, ranges);
    } catch (error) {
      // Prism only throws because of something in the request; its own server would crash.
      return problem(400, "Invalid request", `The request cannot be read: ${String(error)}`);
    }
    return answerJudged(judged, plain, preference !== undefined);
  };
}

/** A request as Prism judged it, and whether the answer has to be named JSON. */
interface Judged {
  asked: EngineRequest;
  verdict: Verdict;
  asJson: boolean;
}

const JSON_TYPE = "application/json";

/** Whether Prism found no fitting answer. If a wildcard range is refused, it says so with a 200 without its body. */
function isRefused({ status, body, violations }: Verdict, accept: string | undefined): boolean {
  // What is wrong with a header, or with the body, has a longer place.
  const isUntyped = violations.some((one) => isWrongAnswer(one) && one.location.length === 1);
  return status === 406 || (accept !== undefined && body === undefined && isUntyped);
}

/** An answer under another media type. */
function named(answer: Answer, type: string): Answer {
  return { ...answer, headers: { ...answer.headers, "content-type": type } };
}

/** The URL of a request; undefined when it is not valid or has escapes that do not decode. */
function urlOf({ url = "" }: IncomingMessage): URL | undefined {
  try {
    if (!url.startsWith("/")) return undefined;
    const parsed = new URL(`http://mock${url}`);
    decodeURIComponent(parsed.pathname);
    return parsed;
  } catch {
    return undefined;
  }
}

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
  // Prism only checks that there is a key, so it never learns which; a key that is not listed is left out.
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

/** Prism's own answer, unless the spec's example breaks the spec. */
function prismAnswer(verdict: Verdict): Answer {
  const { status, headers, body, violations } = verdict;
  const wrong = violations.filter(isWrongAnswer);
  if (wrong.length > 0) return invalidAnswer(wrong);
  if (body === undefined) {
    const { "content-type": _, ...rest } = headers;
    return { status, headers: rest, violations };
  }
  const text = isText(verdict) ? verdict.body : JSON.stringify(body);
  return { status, headers, body: text, violations };
}

/** Whether an example is sent as it is: a text in another type than JSON, such as XML. */
function isText(verdict: Verdict): verdict is Verdict & { body: string } {
  const { headers, body } = verdict;
  return typeof body === "string" && !/[/+]json\b/i.test(headers["content-type"] ?? "");
}

function isWrongAnswer({ location, severity }: Violation): boolean {
  return location[0] === "response" && severity === "Error";
}
