import type { Provenance, SpecFacts } from "../survey/spec-facts.ts";
import type { Survey } from "../survey/survey.ts";

/** One thing that a check saw and that is not as it should be. */
export interface Finding {
  /** The request, and the place in its answer. */
  where: string;
  /** What should have been there. */
  expected: string;
  /** What was there. */
  received: string;
  /** How sure the fact is that it contradicts. Default: the check's own. */
  provenance?: Provenance;
}

/** One named thing that a server is held to. */
export interface Check {
  /** Such as `key-required`. */
  id: string;
  /** What it holds, in one line. */
  holds: string;
  /** The element of the spec that says so, as keys from its root. Left out where nothing says so: it is assumed. */
  source?: readonly string[];
  /** What is not as it should be; undefined where the survey has nothing to look at. */
  look: (survey: Survey, facts: SpecFacts) => Finding[] | undefined;
}

/** What came of a check. */
export interface CheckResult {
  /** Such as `key-required`. */
  id: string;
  /** What it holds, in one line. */
  holds: string;
  /** How sure the fact is that it holds a server to. */
  provenance: Provenance;
  /**
   * `violation`: contradicts something documented. `observation`: contradicts only what was observed or is assumed.
   * `unseen`: the server had nothing to show for it, such as no archive.
   */
  outcome: "pass" | "violation" | "observation" | "unseen";
  /** What was seen and is not as it should be, without secrets. */
  findings: Required<Finding>[];
}

/** Runs a check on a survey. */
export function runCheck(check: Check, survey: Survey, facts: SpecFacts): CheckResult {
  const provenance = check.source === undefined ? "assumed" : facts.provenance(...check.source);
  const seen = check.look(survey, facts);
  const findings = (seen ?? []).map((finding) => Object.assign({ provenance }, finding));
  let outcome: CheckResult["outcome"] = seen === undefined ? "unseen" : "pass";
  if (findings.length > 0) outcome = "observation";
  if (findings.some((finding) => finding.provenance === "documented")) outcome = "violation";
  return { id: check.id, holds: check.holds, provenance, outcome, findings };
}
