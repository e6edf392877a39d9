import type { Report } from "../report/report.ts";
import type { Bump, SpecDiff } from "./diff.ts";

/** What two specs differ in, for the reporters. */
export function diffReport(subject: string, { bump, changes }: SpecDiff, seconds: number): Report {
  const items = changes.map(({ impact, path, message, rule }) => ({
    id: rule ?? "changed",
    title: `${impact}: ${message}`,
    outcome: impact === "major" ? ("violation" as const) : ("pass" as const),
    lines: [decodeURIComponent(path.replaceAll("~1", "/").replaceAll("~0", "~"))],
  }));
  const count = (step: Bump): string =>
    `${changes.filter(({ impact }) => impact === step).length} ${step}`;
  return {
    subject,
    items,
    summary:
      bump === "none"
        ? "Nothing changed."
        : `${count("major")}, ${count("minor")}, ${count("patch")}: the change demands a ${bump} version.`,
    seconds,
    data: { bump, isBreaking: bump === "major", changes },
  };
}
