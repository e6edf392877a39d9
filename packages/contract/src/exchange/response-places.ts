import { mailArchivesIssues } from "@np6-archives/spec/validate";
import { pointerKeys } from "../json-pointer.ts";
import { readDocumentedBody } from "./documented-body.ts";
import type { BodyBytes } from "./documented-body.ts";
import type { DocumentedResponse, Operation } from "./operation.ts";
import { bodyPlace, place } from "./place.ts";
import type { Place } from "./place.ts";
import type { Prism, PrismBody } from "./prism.ts";

/** A response, as it came in. */
export interface ExchangeResponse {
  status: number;
  headers: Headers;
  /** Whether a redirect was followed on the way. */
  redirected?: boolean;
  /** Reads the body, at most once. */
  read: () => Promise<BodyBytes>;
}

/** What is wrong with a response. For our own spec more is checked than Prism does. */
export async function responsePlaces(
  prism: Prism,
  operation: Operation,
  response: ExchangeResponse,
  isOurs: boolean,
): Promise<Place[]> {
  const answer = await readAnswer(operation, response);
  const { documented, headers, body } = answer;
  const findings =
    documented === undefined
      ? []
      : await prism.responseFindings(operation, documented, headers, body);
  const inHeaders = findings
    .filter(({ path }) => path[0] === "header")
    .map(({ path, expected }) => headerPlace(answer, path[1], expected));
  const inBody = findings
    .filter(({ path }) => path[0] === "body")
    .map(({ path, expected }) => bodyPlace(body?.value, "response.body", path.slice(1), expected));
  const places = [...answer.places, ...inHeaders, ...inBody];
  const told = new Set(places.map(({ where }) => where));
  const strict = isOurs
    ? [...strictCountPlaces(operation, answer), ...strictDatePlaces(answer)]
    : [];
  return [...places, ...strict.filter(({ where }) => !told.has(where))];
}

/** A response as it was read, and what is wrong with it apart from schemas. */
interface Answer {
  documented: DocumentedResponse | undefined;
  /**
   * Their values trimmed: HTTP does not count the whitespace around them (RFC 9110, section 5.5), but Node keeps it.
   */
  headers: Record<string, string>;
  /** Undefined when there is no body to check against a schema. */
  body: PrismBody | undefined;
  places: Place[];
}

/** Answers that have no body, whatever their headers say: RFC 9110, sections 15.3.5, 15.3.6 and 15.4.5. */
const BODILESS = new Set([204, 205, 304]);

async function readAnswer(operation: Operation, response: ExchangeResponse): Promise<Answer> {
  const { status } = response;
  const documented = documentedResponse(operation, status);
  const headers = [...response.headers].map(([name, value]) => [name, value.trim()]);
  const answer: Answer = {
    documented,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: undefined,
    places: [],
  };
  if (response.redirected) {
    // The answer is from another address, of which the operation says nothing.
    if (operation.responses.some(({ code }) => code.startsWith("3"))) {
      return { ...answer, documented: undefined };
    }
    answer.places.push(place("response.status", "an answer", "a redirect, which was followed"));
  }
  if (documented === undefined) {
    const codes = operation.responses.map(({ code }) => code).join(", ");
    answer.places.push(place("response.status", `one of ${codes}`, String(status)));
    return answer;
  }
  const { contents = [] } = documented;
  const contentType = answer.headers["content-type"];
  const isHead = operation.method === "head";
  // An answer to HEAD may leave headers out.
  if (contents.length === 0 || BODILESS.has(status) || (isHead && contentType === undefined)) {
    return answer;
  }
  const read = isHead ? async () => undefined : response.read;
  const body = await readDocumentedBody("response", contents, contentType, read);
  if (body === undefined) return answer;
  if ("content" in body) return { ...answer, body };
  answer.places.push(body.wrong);
  return answer;
}

/** The documented response for a status: its own, else its range (`5XX`), else the default. */
function documentedResponse(
  { responses }: Operation,
  status: number,
): DocumentedResponse | undefined {
  return [String(status), `${Math.floor(status / 100)}XX`, "DEFAULT"]
    .map((code) => responses.find((response) => response.code.toUpperCase() === code))
    .find((response) => response !== undefined);
}

/**
 * Headers that only Prism takes for whole numbers, as it accepts `1e2` and an empty value. A header that is documented
 * for one answer may come with any other, and means the same there.
 */
function strictCountPlaces({ responses }: Operation, answer: Answer): Place[] {
  const names = responses
    .flatMap(({ headers = [] }) => headers)
    .filter(({ schema }) => schema?.type === "integer")
    .map(({ name }) => name.toLowerCase());
  return [...new Set(names)]
    .filter((name) => !/^\d+$/.test(answer.headers[name] ?? "0"))
    .map((name) => headerPlace(answer, name, "integer"));
}

/** The dates of a body that only Prism takes for date-times. */
function strictDatePlaces({ body }: Answer): Place[] {
  if (body === undefined) return [];
  return mailArchivesIssues(body.value)
    .filter(({ expected }) => expected === "date-time")
    .map(({ path, expected }) =>
      bodyPlace(body.value, "response.body", pointerKeys(path), expected),
    );
}

function headerPlace(answer: Answer, name: string | undefined, expected: string): Place {
  if (name === undefined) return place("response.headers", expected, "one that cannot");
  return place(`response.headers/${name}`, expected, answer.headers[name] || "nothing");
}
