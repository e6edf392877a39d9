import type { Outcome, Report, ReportItem } from "./report.ts";

/**
 * For CI servers: violations are failures, observations and flakes are output, what was not seen is skipped. A case is
 * named by its id, which is the same in every run; a command that could not run is a suite with an error.
 */
export function junit(report: Report): string {
  const { command, subject, items, appendix, error, seconds, startedAt, versions } = report;
  const count = (outcome: Outcome): number =>
    items.filter((item) => item.outcome === outcome).length;
  const errors = error === undefined ? 0 : 1;
  const totals = `tests="${items.length + errors}" failures="${count("violation")}" errors="${errors}" skipped="${count("unseen")}"`;
  const time = `time="${seconds.toFixed(3)}"`;
  const className = `np6-archives-contract.${command}`;
  const properties = Object.entries({ subject, ...versions }).map(
    ([name, value]) => `      <property name="${name}" value="${xml(value)}"/>`,
  );
  const cases = items.map((item) => testCase(item, className));
  if (error !== undefined) {
    const inside = `<error message="${xml(error)}" type="CouldNotRunError">${xml(error)}</error>`;
    cases.push(
      `    <testcase name="${command}" classname="${className}" ${time}>${inside}</testcase>`,
    );
  }
  // JUnit's timestamp has no zone; it is UTC.
  const timestamp = `timestamp="${startedAt.slice(0, 19)}"`;
  return [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<testsuites name="np6-archives-contract" ${totals} ${time}>`,
    `  <testsuite name="${className}" ${totals} ${time} ${timestamp}>`,
    `    <properties>`,
    ...properties,
    `    </properties>`,
    ...cases,
    ...(appendix === undefined ? [] : [`    <system-out>${xml(appendix)}</system-out>`]),
    `  </testsuite>`,
    `</testsuites>`,
  ].join("\n");
}

function testCase(item: ReportItem, className: string): string {
  const { id, name: unique = id, title, outcome, lines, seconds } = item;
  const reasons = lines.join("\n");
  const inside = {
    pass: "",
    violation: `<failure message="${xml(lines[0] ?? title)}">${xml(reasons)}</failure>`,
    observation: "",
    flaky: "",
    unseen: `<skipped message="The server had nothing to show for it."/>`,
  }[outcome];
  const isToldApart = outcome === "violation" || outcome === "unseen";
  const output = [title, ...(isToldApart ? [] : lines)].join("\n");
  const name = `name="${xml(unique)}" classname="${className}" time="${seconds.toFixed(3)}"`;
  return `    <testcase ${name}>${inside}<system-out>${xml(output)}</system-out></testcase>`;
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
