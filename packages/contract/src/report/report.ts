import type { Versions } from "./versions.ts";

/** How one item of a report came out. */
export type Outcome = "pass" | "violation" | "observation" | "flaky" | "unseen";

/** One thing that was judged. */
export interface ReportItem {
  /** The id of a check, or a rule. */
  id: string;
  /** Unique among items with the same id, and the same in every run. Default: the id, which has to be unique then. */
  name?: string;
  /** What it is, in one line. */
  title: string;
  outcome: Outcome;
  /** The reasons for the outcome, one per line. */
  lines: readonly string[];
  /** Seconds that it took. */
  seconds: number;
}

/** What a reporter needs of a result. */
export interface Report {
  command: "verify" | "diff";
  /** What was judged, such as `http://127.0.0.1:4010`. */
  subject: string;
  /** When it began, in RFC 3339. */
  startedAt: string;
  versions: Versions;
  items: readonly ReportItem[];
  /** One closing line. */
  summary: string;
  /** Why there is no result, in one line. Left out where there is one. */
  error?: string;
  /** Markdown to show at the end, such as a table to paste. */
  appendix?: string;
  /** Seconds that it took. */
  seconds: number;
  /** The result itself, for the JSON reporter. */
  data: unknown;
}

/** A report of a command that could not run. */
export function errorReport(
  report: Pick<Report, "command" | "subject" | "startedAt" | "versions" | "seconds">,
  error: string,
): Report {
  const { command, subject, startedAt, versions } = report;
  const data = { command, subject, startedAt, versions, error };
  return { ...report, items: [], summary: error, error, data };
}
