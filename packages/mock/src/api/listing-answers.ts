import { LRUCache } from "lru-cache";
import type { DatasetArchive } from "../data/dataset-archive.ts";
import type { ArchiveStore } from "../data/dataset.ts";
import { lenientInstant } from "../data/lenient-instant.ts";
import type { Listing } from "../data/listing-of-path.ts";
import { listingOf } from "../data/listing-of-path.ts";
import { firstBefore } from "../data/newest-first.ts";
import type { Answer } from "../server/answer.ts";
import { invalidAnswer } from "../server/answer.ts";
import type { Engine, EngineRequest, Verdict } from "./engine.ts";

/** The most bytes of serialised lists to keep. */
const CACHE_BYTES = 16_000_000;

/** Lists up to this many characters are kept as text. */
const SHORT = 32_768;

/** Answers a valid listing request from the dataset. */
export type ListingAnswers = (
  request: EngineRequest,
  verdict: Verdict,
  listing: Listing,
) => Promise<Answer>;

/**
 * Serialised lists. Prism checks each against the spec before it is sent for the first time. The dataset does not
 * change, so the same part of the same list is not checked again.
 */
export function createListingAnswers(engine: Engine, store: ArchiveStore): ListingAnswers {
  const cache = new LRUCache<string, Answer & { body: Buffer | string }>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ body }) => body.length,
  });
  /** The query parameters that each method has for each listing, in lower case. */
  const declared = new Map(
    engine.operations.map(
      ({ method, path, query }) => [`${method} ${listingOf(path)?.by}`, query] as const,
    ),
  );

  return async (request, { status, headers }, listing) => {
    const all = store.list(listing);
    if (all === undefined) {
      const unknown = unknownId(listing);
      const wrong = await engine.check(request, { ...unknown, body: undefined });
      return wrong.length > 0 ? invalidAnswer(wrong) : unknown;
    }
    const method = request.method.toLowerCase();
    const [from, to] = window(all, request.query, declared.get(`${method} ${listing.by}`));
    const key = JSON.stringify([listing, from, to, status, headers]);
    const known = cache.get(key);
    if (known !== undefined) return known;

    const body = all.slice(from, to).map(asListed);
    const wrong = await engine.check(request, { status, headers, body });
    if (wrong.length > 0) return invalidAnswer(wrong);
    const text = JSON.stringify(body);
    // A short text is sent in one piece with the headers; a long one is encoded only once.
    const answer = { status, headers, body: text.length < SHORT ? text : Buffer.from(text) };
    cache.set(key, answer);
    return answer;
  };
}

/** Which part of a list, newest first, lies in `startDate <= sendingDate < endDate`: from this index up to that one. */
function window(
  archives: readonly DatasetArchive[],
  query: EngineRequest["query"],
  declared: ReadonlyMap<string, boolean> | undefined,
): [from: number, to: number] {
  let start = Number.NEGATIVE_INFINITY;
  let end = Number.POSITIVE_INFINITY;
  // Prism ignores the case of names, and lets an empty value pass as none.
  for (const [name, value] of Object.entries(query)) {
    const lower = name.toLowerCase();
    if (typeof value !== "string" || value === "" || !declared?.has(lower)) continue;
    if (lower === "startdate") start = lenientInstant(value);
    if (lower === "enddate") end = lenientInstant(value);
  }
  const from = firstBefore(archives, end);
  const to = firstBefore(archives, start);
  return from < to ? [from, to] : [0, 0];
}

/** Without the fields that only the mock knows. */
function asListed({ stamp: _stamp, mail: _mail, ...archive }: DatasetArchive): object {
  return archive;
}

function unknownId(listing: Listing): Answer {
  const [name, ...ids] =
    listing.by === "stamp"
      ? ["stamp", listing.stamp]
      : listing.by === "target"
        ? ["target", listing.target]
        : ["action or target", listing.action, listing.target];
  // Encoded as in a path: a decoded id may have characters that break the lines of a log.
  const message = `The dataset has no ${name} ${ids.map(encodeURIComponent).join(", ")}.`;
  return {
    status: 404,
    headers: {},
    violations: [{ location: ["request", "path"], severity: "Error", code: 404, message }],
  };
}
