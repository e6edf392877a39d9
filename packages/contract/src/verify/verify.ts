import { createRedact } from "@np6-archives/spec/redact";
import type { Redact } from "@np6-archives/spec/redact";
import { checkOptions } from "../checked-options.ts";
import { ALL_CHECKS } from "../checks/check-groups.ts";
import { runCheck } from "../checks/check.ts";
import type { CheckResult } from "../checks/check.ts";
import { ExchangeValidator } from "../exchange/exchange-validator.ts";
import { onOneLine } from "../report/on-one-line.ts";
import { versions } from "../report/versions.ts";
import type { Versions } from "../report/versions.ts";
import { CouldNotRunError } from "../survey/could-not-run.ts";
import { nearKey, Probe } from "../survey/probe.ts";
import { SpecFacts } from "../survey/spec-facts.ts";
import { dueListings, survey } from "../survey/survey.ts";
import type { AskedIds, Survey } from "../survey/survey.ts";
import { answerOpenQuestions } from "./open-questions.ts";
import type { Answer } from "./open-questions.ts";
import { verifiedServer } from "./verified-server.ts";
import { DEFAULT_DEADLINE, DEFAULT_RETRIES, IDS, KINDS, told } from "./verify-options.ts";
import type { VerifyOptions } from "./verify-options.ts";

/** What {@link verify} found. */
export interface VerifyReport {
  /** Where the API is, without secrets. */
  server: string;
  /** When it began, such as `2026-02-05T09:27:58.673Z`. */
  startedAt: string;
  /** What ran. */
  versions: Versions;
  /**
   * `violated` where anything documented was contradicted, where a failure stayed, or, with `require`, where anything
   * was not seen.
   */
  verdict: "holds" | "violated";
  /** The ids of the checks that `require` asks for and that were not seen; empty without it. */
  missing: string[];
  /** Each check with what it saw, in the order of the checks. */
  checks: CheckResult[];
  /** What the server answers to the open questions; empty unless `observe` was set. */
  answers: Answer[];
  /** How many requests went out. */
  requests: number;
  /** Milliseconds that it all took. */
  duration: number;
}

/** How many characters of a received value are shown. */
const MOST_TOLD = 200;

/**
 * Checks a server against the contract, with some forty requests that only read, one after the other.
 *
 * @throws CouldNotRunError of one line when there is no key, or no API to judge: nobody answers HTTP, everything fails
 * or is redirected, the key is refused, or nothing is listed; or where the server goes away or limits the rate for too
 * long before any violation was seen.
 * @throws TypeError when an option is not valid.
 */
export async function verify(options: VerifyOptions = {}): Promise<VerifyReport> {
  const begun = performance.now();
  const startedAt = new Date().toISOString();
  checkOptions("verify", options, KINDS, told);
  const server = await verifiedServer(options.baseUrl, options.apiKey);
  const { baseUrl, apiKey } = server;
  const redact = createRedact(apiKey, nearKey(apiKey));
  try {
    const [validator, facts] = await Promise.all([ExchangeValidator.load(), SpecFacts.load()]);
    const {
      deadline = DEFAULT_DEADLINE,
      retries = DEFAULT_RETRIES,
      fetch = globalThis.fetch,
    } = options;
    const probe = new Probe({ validator, baseUrl, apiKey, deadline, retries, fetch });
    const seen = await survey(probe, askedIds(options, facts, server.isOurs));
    const answers = options.observe ? await answerOpenQuestions(seen, probe) : [];
    const checks = ALL_CHECKS.map((check) => shown(runCheck(check, seen, facts), redact));
    const isViolated = checks.some(({ outcome }) => outcome === "violation");
    // An incomplete survey can show a violation, but cannot prove that the contract holds.
    if (!isViolated && probe.brokenOff !== undefined) throw probe.brokenOff;
    if (!isViolated && !hasListed(seen)) {
      throw new CouldNotRunError(
        `${baseUrl}: expected a listing, got none: name ids that the server knows with --target, --action and --stamp, or check the base URL.`,
      );
    }
    const unseen = checks.filter(({ outcome, isOptional }) => outcome === "unseen" && !isOptional);
    const missing = options.require ? unseen.map(({ id }) => id) : [];
    return {
      server: redact(baseUrl),
      startedAt,
      versions: versions(),
      verdict: isViolated || missing.length > 0 ? "violated" : "holds",
      missing,
      checks,
      answers: answers.map(({ question, answer }) => ({
        question,
        answer: onOneLine(redact(answer)),
      })),
      requests: probe.requests,
      duration: performance.now() - begun,
    };
  } catch (error) {
    if (!(error instanceof CouldNotRunError)) throw error;
    // The reason of a failed connection may come from the caller's own fetch.
    throw new CouldNotRunError(onOneLine(redact(error.message)));
  } finally {
    await server.close();
  }
}

/** Whether any operation answered with a list: a server that always says 404 may not be the API. */
function hasListed(seen: Survey): boolean {
  return dueListings(seen).some(({ exchange }) => exchange.status === 200);
}

function askedIds(options: VerifyOptions, facts: SpecFacts, isOurs: boolean): AskedIds {
  return {
    target: options.target ?? facts.example("/targets/{id}/archives", "id"),
    action: options.action ?? facts.example("/actions/{id}/targets/{target}/archives", "id"),
    stamp: options.stamp ?? facts.example("/actions/stamp/{id}/archives", "id"),
    given: new Set(IDS.filter((name) => isOurs || options[name] !== undefined)),
  };
}

/**
 * Findings quote what the server sent, which may be long. Redacted before it is cut: part of a key would not be
 * recognised.
 */
function shown(result: CheckResult, redact: Redact): CheckResult {
  for (const finding of result.findings) {
    for (const part of ["where", "expected", "received", "requestId"] as const) {
      const text = finding[part];
      if (text !== undefined) finding[part] = onOneLine(redact(text));
    }
    finding.received = finding.received.slice(0, MOST_TOLD);
  }
  return result;
}
