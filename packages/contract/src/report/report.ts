/** How one item of a report came out. */
export type Outcome = "pass" | "violation" | "observation" | "unseen";

/** One thing that was judged. */
interface ReportItem {
  id: string;
  /** What it is, in one line. */
  title: string;
  outcome: Outcome;
  /** Why it came out as it did, a line each. */
  lines: readonly string[];
}

/** What a reporter needs of a result. */
export interface Report {
  /** What was judged, such as `http://127.0.0.1:4010`. */
  subject: string;
  items: readonly ReportItem[];
  /** One closing line. */
  summary: string;
  /** Markdown to show at the end, such as a table to paste. */
  appendix?: string;
  /** Seconds that it took. */
  seconds: number;
  /** The result itself, for the JSON reporter. */
  data: unknown;
}
