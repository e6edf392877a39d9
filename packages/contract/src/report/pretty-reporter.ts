import { styleText } from "node:util";
import type { Report } from "./report.ts";
import { shortened } from "./shortened.ts";

const MARKS = { pass: "✓", violation: "✗", observation: "!", flaky: "~", unseen: "-" } as const;
const COLOURS = {
  pass: "green",
  violation: "red",
  observation: "yellow",
  flaky: "yellow",
  unseen: "gray",
} as const;

/** For people. `styleText` asks the terminal whether it shows colours. */
export function pretty({ subject, items, summary, appendix }: Report): string {
  const lines = items.flatMap(({ id, title, outcome, lines: reasons }) => [
    `${styleText(COLOURS[outcome], MARKS[outcome])} ${id.padEnd(22)} ${title}`,
    ...shortened(reasons).map((reason) => `    ${reason}`),
  ]);
  return [subject, ...lines, summary, ...(appendix === undefined ? [] : ["", appendix])].join("\n");
}
