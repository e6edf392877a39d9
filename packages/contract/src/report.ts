import { styleText } from "node:util";

/** How one item of a report came out. */
type Outcome = "pass" | "violation" | "observation" | "unseen";

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

export const reporters = { pretty, json, junit, github };

export type ReporterName = keyof typeof reporters;

const mostLines = 5;
const marks = { pass: "✓", violation: "✗", observation: "!", unseen: "-" } as const;
const colours = { pass: "green", violation: "red", observation: "yellow", unseen: "gray" } as const;

/** For people. Colours are left to `styleText`, which asks the terminal. */
function pretty({ subject, items, summary, appendix }: Report): string {
  const lines = items.flatMap(({ id, title, outcome, lines: reasons }) => [
    `${styleText(colours[outcome], marks[outcome])} ${id.padEnd(22)} ${title}`,
    ...shortened(reasons).map((reason) => `    ${reason}`),
  ]);
  return [subject, ...lines, summary, ...(appendix === undefined ? [] : ["", appendix])].join("\n");
}

function json({ data }: Report): string {
  return JSON.stringify(data, undefined, 2);
}

/** For CI servers: violations are failures, observations are output, what was not seen is skipped. */
function junit({ subject, items, seconds }: Report): string {
  const count = (outcome: Outcome): number =>
    items.filter((item) => item.outcome === outcome).length;
  const totals = `tests="${items.length}" failures="${count("violation")}" errors="0" skipped="${count("unseen")}"`;
  const time = `time="${seconds.toFixed(3)}"`;
  const cases = items.flatMap(({ id, title, outcome, lines }) => {
    const text = xml(lines.join("\n"));
    const inside = {
      pass: "",
      violation: `<failure message="${xml(lines[0] ?? title)}">${text}</failure>`,
      observation: `<system-out>${text}</system-out>`,
      unseen: `<skipped message="The server had nothing to show for it."/>`,
    }[outcome];
    const name = `name="${xml(`${id}: ${title}`)}" classname="np6-archives-contract" time="0"`;
    return `    <testcase ${name}>${inside}</testcase>`;
  });
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="np6-archives-contract" ${totals} ${time}>`,
    `  <testsuite name="${xml(subject)}" ${totals} ${time}>`,
    ...cases,
    `  </testsuite>`,
    `</testsuites>`,
  ].join("\n");
}

/** Workflow commands of GitHub Actions: an annotation for each violation and each observation, and the summary. */
function github({ items, summary }: Report): string {
  const annotations = items.flatMap(({ id, title, outcome, lines }) => {
    if (outcome !== "violation" && outcome !== "observation") return [];
    const command = outcome === "violation" ? "error" : "warning";
    const message = [title, ...shortened(lines)].join("\n");
    return [`::${command} title=${escapeProperty(id)}::${escapeData(message)}`];
  });
  return [...annotations, summary].join("\n");
}

function shortened(lines: readonly string[]): string[] {
  const more = lines.length - mostLines;
  return more <= 0 ? [...lines] : [...lines.slice(0, mostLines), `and ${more} more`];
}

function xml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;")
    .replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?");
}

/** As GitHub's own toolkit does it, for a command's message and for its properties. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
