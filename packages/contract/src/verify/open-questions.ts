import { isInstant, resetInstant } from "@np6-archives/spec/rate-limit-reset";
import { epochMilliseconds } from "../survey/epoch-milliseconds.ts";
import type { Exchange } from "../survey/exchange.ts";
import type { Probe } from "../survey/probe.ts";
import { PATH_OF } from "../survey/survey.ts";
import type { Survey } from "../survey/survey.ts";

/** An open question of the spec, and what a server answers to it. */
export interface Answer {
  /** The question as in spec/README.md. */
  question: string;
  /** What this server does, or `not seen`. */
  answer: string;
}

const DAY = 86_400_000;
const NOT_SEEN = "not seen";

/** Answers the open questions of spec/README.md as far as the server shows it, with some ten more requests. */
export async function answerOpenQuestions(survey: Survey, probe: Probe): Promise<Answer[]> {
  const path = PATH_OF.target(survey.asked);
  const forms: Record<string, string> = {
    "a date alone": "2026-01-01",
    "no zone": "2026-01-01T00:00:00",
    "a space for the T": "2026-01-01 00:00:00Z",
    "an offset": "2026-01-01T00:00:00+02:00",
    "epoch seconds": "1767225600",
    "epoch milliseconds": "1767225600000",
    nothing: "",
  };
  const dateForms: string[] = [];
  for (const [name, form] of Object.entries(forms)) {
    const exchange = await probe.ask(`${path}?startDate=${encodeURIComponent(form)}`);
    dateForms.push(`${name}: ${statusOf(exchange)}`);
  }
  const widest: string[] = [];
  for (const days of [366, 3660]) {
    const query = new URLSearchParams({
      startDate: new Date(survey.startedAt - days * DAY).toISOString(),
      endDate: new Date(survey.startedAt).toISOString(),
    });
    const exchange = await probe.ask(`${path}?${query.toString()}`);
    widest.push(`${days} days: ${statusAndCount(exchange)}`);
  }
  return [
    { question: "Are the bounds inclusive?", answer: boundsAnswer(survey) },
    { question: "Which date forms are taken?", answer: dateForms.join(", ") },
    { question: "In which order do archives come?", answer: orderAnswer(survey) },
    {
      question: "Does listing again give a fresh link (`url`, `expiresOn`)?",
      answer: freshLinkAnswer(survey),
    },
    { question: "Is `X-RateLimit-Reset` a delay or an instant?", answer: resetAnswer(survey) },
    {
      question: "Are `Retry-After` and `x-request-id` always sent?",
      answer: headersAnswer(survey),
    },
    {
      question: "Is an unknown action, target or stamp a 404 or an empty list?",
      answer: unknownAnswer(survey),
    },
    {
      question: "Is there a longest window, or a highest number of rows?",
      answer: widest.join(", "),
    },
  ];
}

/** The answers as a table to paste into spec/README.md. */
export function answersTable(answers: readonly Answer[], server: string): string {
  const rows = answers.map(({ question, answer }) => [question, answer.replaceAll("|", "\\|")]);
  return [["question", server], ["---", "---"], ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

function statusOf(exchange: Exchange | undefined): string {
  return String(exchange?.status ?? "no answer");
}

function statusAndCount(exchange: Exchange | undefined): string {
  const list = exchange?.archives;
  return `${statusOf(exchange)}${list === undefined ? "" : ` and ${list.length} archives`}`;
}

function boundsAnswer({ windows }: Survey): string {
  const at = (bound: "start" | "end"): string => {
    for (const { window, whole, exchange } of windows) {
      const edge = whole?.find(
        ({ sendingDate }) => epochMilliseconds(sendingDate) === window[bound],
      );
      if (edge === undefined || exchange.archives === undefined) continue;
      return exchange.archives.some(({ id }) => id === edge.id) ? "inclusive" : "exclusive";
    }
    return NOT_SEEN;
  };
  return `startDate: ${at("start")}, endDate: ${at("end")}`;
}

function orderAnswer({ listings }: Survey): string {
  const dates = listings
    .map(({ exchange }) =>
      (exchange.archives ?? []).map(({ sendingDate }) => epochMilliseconds(sendingDate)),
    )
    // What was sent at one instant may come in any order.
    .find((instants) => new Set(instants).size > 1);
  if (dates === undefined) return NOT_SEEN;
  const pairs = dates.slice(1).map((date, index) => date - dates[index]!);
  if (pairs.every((step) => step <= 0)) return "newest first";
  return pairs.every((step) => step >= 0) ? "oldest first" : "neither newest nor oldest first";
}

function freshLinkAnswer({ listings }: Survey): string {
  const [first, again] = listings
    .filter(({ operation }) => operation === "target")
    .map(({ exchange }) => exchange.archives ?? []);
  const before = first?.find(({ url }) => url.trim() !== "");
  const after = again?.find(({ id }) => id === before?.id);
  if (before === undefined || after === undefined) return NOT_SEEN;
  const isSame = (name: "url" | "expiresOn"): string =>
    before[name] === after[name] ? "the same" : "another";
  return `url: ${isSame("url")}, expiresOn: ${isSame("expiresOn")}`;
}

function resetAnswer({ exchanges }: Survey): string {
  const value = exchanges.map(({ headers }) => headers.get("x-ratelimit-reset")).find(Boolean);
  if (value === undefined || value === null) return NOT_SEEN;
  if (!/^\d+$/.test(value)) return "neither";
  const reset = Number(value);
  if (!isInstant(reset)) return "a delay, in seconds";
  return `an instant, in ${resetInstant(reset, 0) === reset ? "milliseconds" : "seconds"} since 1970`;
}

function headersAnswer({ exchanges, head, unknownPath }: Survey): string {
  const answered = exchanges.filter(
    (exchange) => exchange.status !== undefined && exchange !== head && exchange !== unknownPath,
  );
  const limited = answered.filter(({ status }) => status === 429);
  return `x-request-id: ${having(answered, "x-request-id")} answers, Retry-After: ${having(limited, "retry-after")} with 429`;
}

function having(exchanges: Exchange[], header: string): string {
  return `${exchanges.filter(({ headers }) => headers.has(header)).length} of ${exchanges.length}`;
}

function unknownAnswer({ unknown }: Survey): string {
  return unknown.map(({ what, exchange }) => `${what}: ${statusAndCount(exchange)}`).join(", ");
}
