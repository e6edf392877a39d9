import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect, test } from "vitest";
import type { Report } from "../src/report/report.ts";
import { REPORTERS as reporters } from "../src/report/reporters.ts";

const nasty = `100% <b>"bold"</b> & 'quoted', a: colon,\nsecond line\u001B[31m ]]> \uD800`;

const report: Report = {
  subject: "https://api.example.com/<a>&b",
  items: [
    { id: "holds", title: "All is well.", outcome: "pass", lines: [] },
    { id: "broken", title: nasty, outcome: "violation", lines: [nasty, "and another"] },
    { id: "odd", title: "Is odd.", outcome: "observation", lines: ["only observed"] },
    { id: "hidden", title: "Was not seen.", outcome: "unseen", lines: [] },
  ],
  summary: "The contract is violated.",
  appendix: "| a | b |",
  seconds: 1.5,
  data: { verdict: "violated" },
};

interface Suite {
  "@tests": string;
  "@failures": string;
  "@errors": string;
  "@skipped": string;
  "@time": string;
}

interface Case {
  "@name": string;
  "@classname": string;
  failure?: { "#text": string; "@message": string };
  skipped?: { "@message": string };
  "system-out"?: string;
}

test("JUnit is well-formed, and its totals are those of its cases", () => {
  const xml = reporters.junit(report);
  expect(XMLValidator.validate(xml)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    htmlEntities: true,
    processEntities: true,
  });
  const { testsuites } = parser.parse(xml) as {
    testsuites: Suite & { testsuite: Suite & { "@name": string; testcase: Case[] } };
  };
  const { testsuite } = testsuites;
  for (const suite of [testsuites, testsuite]) {
    expect(suite).toMatchObject({
      "@tests": "4",
      "@failures": "1",
      "@errors": "0",
      "@skipped": "1",
      "@time": "1.500",
    });
  }
  expect(testsuite["@name"]).toBe(report.subject);
  expect(testsuite.testcase).toHaveLength(4);
  const [holds, broken, odd, hidden] = testsuite.testcase as [Case, Case, Case, Case];
  expect(holds["@name"]).toBe("holds: All is well.");
  expect(broken.failure?.["#text"]).toContain(
    `100% <b>"bold"</b> & 'quoted', a: colon,\nsecond line`,
  );
  expect(broken.failure?.["@message"]).toContain("<b>");
  expect(odd["system-out"]).toBe("only observed");
  expect(hidden.skipped?.["@message"]).toMatch(/nothing to show/);
  expect(testsuite.testcase.filter((one) => one.failure !== undefined)).toHaveLength(1);
});

/** What the runner of GitHub Actions makes of a line: https://github.com/actions/runner, ActionCommand.cs. */
function parseCommand(
  line: string,
): { command: string; title: string; message: string } | undefined {
  const match = /^::(\w+) title=([^,:]*)::(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, command, title, message] = match as unknown as [string, string, string, string];
  const property = title.replaceAll("%3A", ":").replaceAll("%2C", ",");
  return { command, title: unescape(property), message: unescape(message) };
}

function unescape(data: string): string {
  return data.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

test("GitHub gets one annotation for each violation and each observation", () => {
  const lines = reporters.github(report).split("\n");
  expect(lines.map((line) => parseCommand(line))).toEqual([
    { command: "error", title: "broken", message: [nasty, nasty, "and another"].join("\n") },
    { command: "warning", title: "odd", message: "Is odd.\nonly observed" },
    undefined,
  ]);
  expect(lines.at(-1)).toBe(report.summary);
});

test("JSON is the result itself", () => {
  expect(JSON.parse(reporters.json(report))).toEqual({ verdict: "violated" });
});

test("what people read has a line for each item, its reasons and the table at the end", () => {
  const text = reporters.pretty(report);
  expect(text).toMatch(/✓.* holds +All is well\./);
  expect(text).toMatch(/✗.* broken/);
  expect(text).toContain("    and another");
  expect(text.endsWith("The contract is violated.\n\n| a | b |")).toBe(true);
});

test("of many reasons only some are shown", () => {
  const lines = Array.from({ length: 40 }, (_, index) => `reason ${index}`);
  const text = reporters.pretty({
    ...report,
    items: [{ id: "broken", title: "Is broken.", outcome: "violation", lines }],
  });
  expect(text).toContain("reason 4\n    and 35 more");
});
