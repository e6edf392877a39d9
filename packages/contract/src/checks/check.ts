import { requestIdOf } from "../survey/exchange.ts";
import type { Exchange } from "../survey/exchange.ts";
import type { Provenance, SpecFacts } from "../survey/spec-facts.ts";
import type { Survey } from "../survey/survey.ts";

/** One thing that a check found wrong. */
export interface Finding {
  /** The request, and the place in its answer. */
  where: string;
  /** What should have been there. */
  expected: string;
  /** What was there. */
  received: string;
  /** How sure the contradicted fact is. Default: as sure as the check's own. */
  provenance?: Provenance;
  /** The `x-request-id` of the answer in which it was seen, where there is one. */
  requestId?: string | undefined;
  /**
   * What it counts as. Default: a violation when it contradicts something documented, else an observation. `flaky`: a
   * later try succeeded.
   */
  as?: "violation" | "flaky";
}

/** One named rule that a server has to keep. */
export interface Check {
  /** Such as `key-required`. */
  id: string;
  /** What it holds, in one line. */
  holds: string;
  /** The element of the spec that says so, as keys from its root. Left out where none does: then it is assumed. */
  source?: readonly string[];
  /** What is wrong; undefined where the survey has nothing to look at. */
  look: (survey: Survey, facts: SpecFacts) => Finding[] | undefined;
  /** The exchanges that it looks at. */
  looksAt: (survey: Survey) => readonly Exchange[];
  /** Whether a server need not show anything for it: a header that may be sent. Default false. */
  isOptional?: true;
}

/** The result of a check. */
export interface CheckResult {
  /** Such as `key-required`. */
  id: string;
  /** What it holds, in one line. */
  holds: string;
  /** How sure the fact is that it checks. */
  provenance: Provenance;
  /**
   * `violation`: contradicts something documented, or a failure that stays. `observation`: contradicts only what was
   * observed or is assumed. `flaky`: succeeded only at a later try. `unseen`: the server had nothing to show for it,
   * such as no archive, or what it had was lost.
   */
  outcome: "pass" | "violation" | "observation" | "flaky" | "unseen";
  /** Whether a server need not show anything for it: a header that may be sent. */
  isOptional: boolean;
  /** What was found wrong, without secrets. */
  findings: (Finding & {
    /** How sure the fact is that the finding contradicts. */
    provenance: Provenance;
  })[];
  /** Milliseconds that the answers took at which it looked; several checks may look at the same ones. */
  duration: number;
}

/** Runs a check on a survey. */
export function runCheck(check: Check, survey: Survey, facts: SpecFacts): CheckResult {
  const provenance = check.source === undefined ? "assumed" : facts.provenance(...check.source);
  const seen = check.look(survey, facts);
  const findings = (seen ?? []).map((finding) => Object.assign({ provenance }, finding));
  const looked = new Set(check.looksAt(survey));
  return {
    id: check.id,
    holds: check.holds,
    provenance,
    outcome: seen === undefined ? "unseen" : outcomeOf(findings),
    isOptional: check.isOptional ?? false,
    findings,
    duration: [...looked].reduce((sum, exchange) => sum + exchange.duration, 0),
  };
}

function outcomeOf(findings: readonly Finding[]): CheckResult["outcome"] {
  const isViolation = ({ as, provenance }: Finding): boolean =>
    as === "violation" || (as === undefined && provenance === "documented");
  if (findings.some((finding) => isViolation(finding))) return "violation";
  if (findings.some(({ as }) => as === undefined)) return "observation";
  return findings.length > 0 ? "flaky" : "pass";
}

/** Adds the request id of the answer to its findings. */
export function seenIn(exchange: Exchange, findings: Finding[]): Finding[] {
  const requestId = requestIdOf(exchange);
  return findings.map((finding) => Object.assign({ requestId }, finding));
}

/** Checks that all look at the same exchanges. */
export function lookingAt(looksAt: Check["looksAt"], checks: Omit<Check, "looksAt">[]): Check[] {
  return checks.map((check) => Object.assign({ looksAt }, check));
}
