import { unescaped } from "../json-pointer.ts";
import { onOneLine } from "../report/on-one-line.ts";
import type { Report, ReportItem } from "../report/report.ts";
import { versions } from "../report/versions.ts";
import type { Bump, SpecChange, SpecDiff } from "./diff.ts";

/** The differences of two specs, for the reporters. `startedAt` is in milliseconds since 1970. */
export function diffReport(subject: string, result: SpecDiff, startedAt: number): Report {
  const { bump, changes } = result;
  const count = (step: Bump): string =>
    `${changes.filter(({ impact }) => impact === step).length} ${step}`;
  return {
    command: "diff",
    subject,
    startedAt: new Date(startedAt).toISOString(),
    versions: versions(),
    items: reportItems(changes),
    summary:
      bump === "none"
        ? "Nothing changed."
        : `${count("major")}, ${count("minor")}, ${count("patch")}: the change demands a ${bump} version.`,
    seconds: (Date.now() - startedAt) / 1000,
    data: result,
  };
}

function reportItems(changes: readonly SpecChange[]): ReportItem[] {
  const times = new Map<string, number>();
  return changes.map(({ impact, path, message, rule }) => {
    const place = onOneLine(unescaped(path));
    const name = `${rule ?? "changed"} ${place}`;
    const time = (times.get(name) ?? 0) + 1;
    times.set(name, time);
    return {
      id: rule ?? "changed",
      name: time === 1 ? name : `${name} (${time})`,
      title: `${impact}: ${onOneLine(message)}`,
      outcome: impact === "major" ? "violation" : "pass",
      lines: [place],
      seconds: 0,
    };
  });
}
