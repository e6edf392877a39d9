import { createRedact } from "@np6-archives/spec/redact";
import type { Redact } from "@np6-archives/spec/redact";
import { accessChecks } from "../checks/access.ts";
import { answerChecks } from "../checks/answers.ts";
import { archiveChecks } from "../checks/archives.ts";
import { runCheck } from "../checks/check.ts";
import type { CheckResult } from "../checks/check.ts";
import { headerChecks } from "../checks/headers.ts";
import { linkChecks } from "../checks/links.ts";
import { windowChecks } from "../checks/windows.ts";
import { ExchangeValidator } from "../exchange/exchange-validator.ts";
import { CouldNotRunError, Probe } from "../survey/probe.ts";
import { SpecFacts } from "../survey/spec-facts.ts";
import { survey } from "../survey/survey.ts";
import type { AskedIds, Survey } from "../survey/survey.ts";
import { answerOpenQuestions } from "./open-questions.ts";
import type { Answer } from "./open-questions.ts";

/** Every option of {@link verify}; each has a default. */
export interface VerifyOptions {
  /** The server to verify. Default: a mock, started for it and closed again. */
  baseUrl?: string;
  /** The key to ask with. Default: the environment variable `NP6_API_KEY`; for the mock, one of its own. */
  apiKey?: string;
  /** A target that the server knows. Default: the example of the spec. */
  target?: string;
  /** An action that sent something to the target. Default: that of the target's first archive. */
  action?: string;
  /** A stamp that the server knows. Default: the example of the spec. */
  stamp?: string;
  /** Whether to try to answer the open questions too, with some ten requests more. Default false. */
  observe?: boolean;
  /** Milliseconds that a request may take, its whole body included. Default 10,000. */
  deadline?: number;
  /** The fetch that makes the requests. Default: the global one. */
  fetch?: typeof fetch;
}

/** What {@link verify} found. */
export interface VerifyReport {
  /** Where the API is, without secrets. */
  server: string;
  /** `violated` where anything documented was contradicted. */
  verdict: "holds" | "violated";
  /** Each check with what it saw, in the order of the checks. */
  checks: CheckResult[];
  /** What the server answers to the open questions; empty unless `observe` was set. */
  answers: Answer[];
  /** How many requests went out. */
  requests: number;
  /** Milliseconds that it all took. */
  duration: number;
}

/** Every check, in the order of the report. */
const CHECKS = [
  ...answerChecks,
  ...accessChecks,
  ...archiveChecks,
  ...windowChecks,
  ...linkChecks,
  ...headerChecks,
];

/**
 * Holds a server to the contract, with some thirty requests that only read, one after the other.
 *
 * Rejects with a {@link CouldNotRunError} of one line when there is no key, the server can not be reached, refuses the
 * key, limits the rate for too long, or neither lists anything nor violates anything; with a TypeError when an option is
 * not valid.
 */
export async function verify(options: VerifyOptions = {}): Promise<VerifyReport> {
  const startedAt = performance.now();
  const server = await serverFor(options);
  try {
    const [validator, facts] = await Promise.all([ExchangeValidator.load(), SpecFacts.load()]);
    const { baseUrl, apiKey } = server;
    const redact = createRedact(apiKey);
    const { deadline = 10_000, fetch = globalThis.fetch } = options;
    const probe = new Probe({ validator, baseUrl, apiKey, deadline, fetch });
    const seen = await survey(probe, askedIds(options, facts, server.isOurs), baseUrl);
    const answers = options.observe ? await answerOpenQuestions(seen, probe) : [];
    const results = CHECKS.map((check) => shown(runCheck(check, seen, facts), redact));
    const isViolated = results.some(({ outcome }) => outcome === "violation");
    if (!isViolated && !hasListed(seen)) {
      throw new CouldNotRunError(
        `No listing was seen at ${redact(baseUrl)}: name ids that the server knows with --target, --action and --stamp, or check the base URL.`,
      );
    }
    return {
      server: redact(baseUrl),
      verdict: isViolated ? "violated" : "holds",
      checks: results,
      answers: answers.map(({ question, answer }) => ({
        question,
        answer: onOneLine(redact(answer)),
      })),
      requests: probe.requests,
      duration: performance.now() - startedAt,
    };
  } finally {
    await server.close();
  }
}

/** Whether any operation ever answered as for an id that the server knows: who always says 404 need not be the API. */
function hasListed({ listings, windows }: Survey): boolean {
  return [...listings, ...windows].some(({ exchange }) => exchange.status === 200);
}

interface Server {
  baseUrl: string;
  apiKey: string;
  /** Whether it is a mock that was started here, which knows every id of the spec. */
  isOurs: boolean;
  close: () => Promise<void>;
}

async function serverFor({ baseUrl, apiKey }: VerifyOptions): Promise<Server> {
  if (baseUrl === undefined) {
    const { startMock } = await import("@np6-archives/mock");
    const key = apiKey ?? "verify-the-mock";
    const mock = await startMock({ apiKeys: [key] });
    return { baseUrl: mock.url, apiKey: key, isOurs: true, close: () => mock.close() };
  }
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    throw new TypeError(
      `Expected the base URL to be an http or https URL without a query, got "${createRedact()(baseUrl)}".`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(
      "Expected the base URL to hold no user and no password, got one that does.",
    );
  }
  const key = (apiKey ?? process.env["NP6_API_KEY"] ?? "").trim();
  if (key === "") {
    throw new CouldNotRunError("There is no key: set the environment variable NP6_API_KEY.");
  }
  if (!/^[\u0020-\u007E]+$/.test(key)) {
    throw new TypeError(
      "Expected the key to hold only characters that a header can carry, got another.",
    );
  }
  return { baseUrl: url.href.replace(/\/+$/, ""), apiKey: key, isOurs: false, async close() {} };
}

function askedIds(options: VerifyOptions, facts: SpecFacts, isOurs: boolean): AskedIds {
  for (const name of ["target", "action", "stamp"] as const) {
    const id = options[name]?.trim();
    // In a path, dots alone mean another path.
    if (id === "" || id === "." || id === "..") {
      throw new TypeError(`Expected the ${name} to be an id, got "${id}".`);
    }
  }
  const names = ["target", "action", "stamp"] as const;
  return {
    target: options.target ?? facts.example("/targets/{id}/archives", "id"),
    action: options.action ?? facts.example("/actions/{id}/targets/{target}/archives", "id"),
    stamp: options.stamp ?? facts.example("/actions/stamp/{id}/archives", "id"),
    given: new Set(names.filter((name) => isOurs || options[name] !== undefined)),
  };
}

/** Findings quote what the server wrote. */
function shown(result: CheckResult, redact: Redact): CheckResult {
  for (const finding of result.findings) {
    for (const part of ["where", "expected", "received"] as const) {
      finding[part] = onOneLine(redact(finding[part]));
    }
  }
  return result;
}

function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
