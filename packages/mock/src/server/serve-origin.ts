import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Redact } from "@np6-archives/spec/redact";
import { redactHeader } from "@np6-archives/spec/redact";
import type { Answer } from "./answer.ts";
import { problem } from "./answer.ts";
import { CORS, isPreflight, preflightAnswer } from "./cors.ts";
import type { FaultQueue } from "./fault-queue.ts";
import type { FaultPlan } from "./fault.ts";
import { planOf } from "./fault.ts";
import type { Journal, JournalEntry, Violation } from "./journal.ts";
import type { Origin } from "./listening-origin.ts";
import { faulty, send } from "./play-fault.ts";

// Not imported, see listening-origin.ts.
const { STATUS_CODES } = process.getBuiltinModule("node:http");

/** What both origins share. */
export interface Surroundings {
  /** The mock's clock. */
  now(): Date;
  journal: Journal;
  faults: FaultQueue;
  /** Milliseconds that every answer waits. */
  latency: number;
  /** Whether pages of other origins may read the answers. */
  cors: boolean;
  onRequest: ((entry: JournalEntry) => void) | undefined;
  /** Takes the keys and what else is secret out of what the journal tells. */
  redact: Redact;
}

/** `sl-violations` is cut to this length, so that clients with Node's default limit can read the answer. */
const MAX_VIOLATIONS_HEADER = 4096;

/** Gives every request an id, its fault if it has one, a journal entry and an answer. */
export function serveOrigin(
  { name, server, early }: Origin,
  options: {
    answer: (request: IncomingMessage) => Promise<Answer>;
    /** Answers requests to the mock itself, without faults and journal; undefined for any other. */
    control?: (request: IncomingMessage) => Promise<Answer> | undefined;
    surroundings: Surroundings;
  },
): void {
  const { answer, control, surroundings } = options;

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = newRequestId();
    response.setHeader("x-request-id", requestId);
    const time = surroundings.now();
    // Instants in an answer, such as the end of a rate limit, have to be read relative to this.
    response.setHeader("date", time.toUTCString());
    const own = control?.(request);
    if (own !== undefined) {
      await send(response, await own.catch(failure));
      return;
    }

    if (surroundings.cors) {
      for (const [header, value] of Object.entries(CORS)) response.setHeader(header, value);
    }
    // A preflight uses up no fault, which is meant for the request after it.
    const preflight = surroundings.cors && isPreflight(request);

    const started = performance.now();
    let plan: FaultPlan | undefined;
    let refusal: Answer | undefined;
    try {
      if (!preflight) {
        const { method = "", url: path = "" } = request;
        plan = requestedFault(request) ?? surroundings.faults.take({ origin: name, method, path });
      }
    } catch (error) {
      refusal = problem(400, "Invalid fault", (error as TypeError).message);
    }
    const usual =
      refusal ?? (preflight ? preflightAnswer(request) : await answer(request).catch(failure));
    if (usual.fault !== undefined) plan ??= planOf(usual.fault);
    const final = plan === undefined ? usual : faulty(usual, plan, surroundings.now());
    const violations = firstOf(final.violations ?? []).map((one) =>
      Object.assign({}, one, { message: surroundings.redact(one.message) }),
    );

    const entry: JournalEntry = {
      time: time.toISOString(),
      origin: name,
      ...withoutSecrets(request, surroundings.redact),
      status: plan?.kind === "reset" ? 0 : final.status,
      requestId,
      violations,
      ...(plan !== undefined && { fault: plan.written }),
      ...(final.leak && { leak: true }),
    };
    surroundings.journal.add(entry);
    response.once("close", () => {
      entry.ms = Math.round(performance.now() - started);
      surroundings.onRequest?.(entry);
    });
    if (violations.length > 0) response.setHeader("sl-violations", violationsHeader(violations));
    await send(response, final, plan, surroundings.latency);
  };

  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    toOriginForm(request);
    handle(request, response).catch((error: unknown) => {
      // No request may end the process. If it is too late for an answer, the connection is closed.
      if (response.headersSent) response.destroy();
      else void send(response, failure(error));
    });
  };
  server.removeAllListeners("request").on("request", listener);
  for (const exchange of early) listener(...exchange);
  server.on("checkExpectation", listener);
  server.on("clientError", (error, socket: Socket) => {
    const refused = refuseUnreadable(error, socket);
    if (refused === undefined) return;
    const time = surroundings.now().toISOString();
    const entry = { time, origin: name, method: "", path: "", headers: {}, ...refused };
    surroundings.journal.add(entry);
    surroundings.onRequest?.(entry);
  });
}

/**
 * A request may have the whole URL, as for a proxy (RFC 9112, section 3.2.2): then that host counts, not the header's.
 */
function toOriginForm(request: IncomingMessage): void {
  const absolute = /^[a-z][a-z\d+.-]*:\/\/(?:[^/?]*@)?([^/?]*)(.*)$/i.exec(request.url ?? "");
  if (absolute === null) return;
  const [, host, rest = ""] = absolute;
  request.url = rest.startsWith("/") ? rest : `/${rest}`;
  request.headers.host = host;
}

/** What the journal shows of a request. */
function withoutSecrets(
  { method = "", url = "", headers }: IncomingMessage,
  redact: Redact,
): Pick<JournalEntry, "method" | "path" | "headers"> {
  const shown = Object.entries(headers).map(([name, value]): [string, string] => [
    name,
    redactHeader(redact, name, String(value)),
  ]);
  return {
    method,
    path: redact(withoutNeedlessEscapes(url)),
    headers: Object.fromEntries(shown),
  };
}

/** Decodes letters: any of them may be percent-encoded, and `s%69g` is `sig`. */
function withoutNeedlessEscapes(url: string): string {
  return url.replace(/%(?:2d|[46][1-9a-f]|[57][0-9a])/gi, decodeURIComponent);
}

/** Random digits for the next ids, drawn in bulk: one draw per id takes a tenth of a request's time. */
let randomDigits = "";

function newRequestId(): string {
  if (randomDigits === "") randomDigits = randomBytes(8 * 512).toString("hex");
  const id = randomDigits.slice(0, 16);
  randomDigits = randomDigits.slice(16);
  return id;
}

function requestedFault({ headers }: IncomingMessage): FaultPlan | undefined {
  const fault = headers["x-mock-fault"];
  return fault === undefined ? undefined : planOf(fault);
}

/** The answer for a defect of the mock, which says so; the server goes on. */
function failure(error: unknown): Answer {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return problem(500, "The mock failed", detail);
}

/** More would not help: a body may have a violation in every other byte. */
const MOST_VIOLATIONS = 100;

function firstOf(violations: readonly Violation[]): Violation[] {
  const first = violations.slice(0, MOST_VIOLATIONS);
  const [last] = first.slice(-1);
  const more = violations.length - first.length;
  if (last === undefined || more === 0) return first;
  const [side = ""] = last.location;
  const message = `There are ${more} more.`;
  return [...first, { location: [side], severity: "Information", message }];
}

/** Node's clients read at most 16 KB of headers by default, and header values have to be Latin-1. */
function violationsHeader(violations: readonly Violation[]): string {
  const json = JSON.stringify(violations).replace(
    /[^\x20-\x7E]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return json.length <= MAX_VIOLATIONS_HEADER
    ? json
    : `Too many violations! ${json.slice(0, MAX_VIOLATIONS_HEADER)}`;
}

/** Answers bytes that are no HTTP request. Returns the facts for the journal; undefined when the client is gone. */
function refuseUnreadable(
  error: NodeJS.ErrnoException,
  socket: Socket,
): Pick<JournalEntry, "status" | "requestId" | "violations"> | undefined {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return undefined;
  }
  const status =
    error.code === "HPE_HEADER_OVERFLOW"
      ? 431
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? 408
        : 400;
  const requestId = newRequestId();
  const violations: Violation[] = [
    { location: ["request"], severity: "Error", code: status, message: error.message },
  ];
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\nx-request-id: ${requestId}\r\nsl-violations: ${violationsHeader(violations)}\r\n\r\n`,
  );
  return { status, requestId, violations };
}
