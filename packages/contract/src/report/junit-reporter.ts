import type { Outcome, Report } from "./report.ts";

/** For CI servers: violations are failures, observations are output, what was not seen is skipped. */
export function junit({ subject, items, seconds }: Report): string {
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

function xml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("\n", "&#10;")
    .replaceAll(/[^\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?");
}
