import { stripVTControlCharacters } from "node:util";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { expect, test } from "vitest";
import { diffReport } from "../src/diff/diff-report.ts";
import { errorReport } from "../src/report/report.ts";
import type { Report } from "../src/report/report.ts";
import { REPORTERS } from "../src/report/reporters.ts";

const nasty = `100% <b>"bold"</b> & 'quoted', a: colon,\nsecond line\u001B[31m ]]> \uD800`;

const head = {
  command: "verify",
  startedAt: "2026-02-05T09:27:58.673Z",
  versions: { contract: "1.2.3", spec: "4.5.6", node: "24.0.0" },
} as const;

const report: Report = {
  ...head,
  subject: "https://api.example.com/<a>&b",
  items: [
    { id: "holds", title: "All is well.", outcome: "pass", lines: [], seconds: 0.25 },
    {
      id: "broken",
      title: nasty,
      outcome: "violation",
      lines: [nasty, "and another"],
      seconds: 0.25,
    },
    {
      id: "odd",
      title: "Is odd.",
      outcome: "observation",
      lines: ["only observed"],
      seconds: 0.25,
    },
    { id: "late", title: "Is late.", outcome: "flaky", lines: ["at try 2"], seconds: 0.25 },
    { id: "hidden", title: "Was not seen.", outcome: "unseen", lines: [], seconds: 0.25 },
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
  "@time": string;
  failure?: { "#text": string; "@message": string };
  skipped?: { "@message": string };
  "system-out"?: string;
}

test("JUnit is well-formed, and its totals match its cases", () => {
  const xml = REPORTERS.junit(report);
  expect(XMLValidator.validate(xml)).toBe(true);
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: "@",
    htmlEntities: true,
    processEntities: true,
  });
  const { testsuites } = parser.parse(xml) as {
    testsuites: Suite & {
      testsuite: Suite & {
        "@name": string;
        "@timestamp": string;
        properties: { property: { "@name": string; "@value": string }[] };
        testcase: Case[];
        "system-out": string;
      };
    };
  };
  const { testsuite } = testsuites;
  for (const suite of [testsuites, testsuite]) {
    expect(suite).toMatchObject({
      "@tests": "5",
      "@failures": "1",
      "@errors": "0",
      "@skipped": "1",
      "@time": "1.500",
    });
  }
  expect(testsuite["@name"]).toBe("np6-archives-contract.verify");
  expect(testsuite["@timestamp"]).toBe("2026-02-05T09:27:58");
  expect(testsuite.properties.property).toEqual([
    { "@name": "subject", "@value": report.subject },
    { "@name": "contract", "@value": "1.2.3" },
    { "@name": "spec", "@value": "4.5.6" },
    { "@name": "node", "@value": "24.0.0" },
  ]);
  expect(testsuite["system-out"]).toBe(report.appendix);
  expect(testsuite.testcase).toHaveLength(5);
  const [holds, broken, odd, late, hidden] = testsuite.testcase as [Case, Case, Case, Case, Case];
  expect(holds["@name"]).toBe("holds");
  expect(holds["system-out"]).toBe("All is well.");
  expect(testsuite.testcase.map((one) => one["@time"])).toEqual(Array(5).fill("0.250"));
  expect(late["system-out"]).toBe("Is late.\nat try 2");
  expect(broken.failure?.["#text"]).toContain(
    `100% <b>"bold"</b> & 'quoted', a: colon,\nsecond line`,
  );
  expect(broken.failure?.["@message"]).toContain("<b>");
  expect(odd["system-out"]).toBe("Is odd.\nonly observed");
  expect(hidden.skipped?.["@message"]).toMatch(/nothing to show/);
  expect(testsuite.testcase.filter((one) => one.failure !== undefined)).toHaveLength(1);
});

/** How the runner of GitHub Actions parses a line: https://github.com/actions/runner, ActionCommand.cs. */
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
  const lines = REPORTERS.github(report).split("\n");
  expect(lines.map((line) => parseCommand(line))).toEqual([
    { command: "error", title: "broken", message: [nasty, nasty, "and another"].join("\n") },
    { command: "warning", title: "odd", message: "Is odd.\nonly observed" },
    { command: "warning", title: "late", message: "Is late.\nat try 2" },
    undefined,
    undefined,
    undefined,
  ]);
  expect(lines.slice(-3)).toEqual([report.summary, "", report.appendix]);
});

test("JSON is the result itself", () => {
  expect(JSON.parse(REPORTERS.json(report))).toEqual({ verdict: "violated" });
});

test("the readable report has a line for each item, its reasons, and the table at the end", () => {
  const text = REPORTERS.pretty(report);
  expect(text).toMatch(/✓.* holds +All is well\./);
  expect(text).toMatch(/✗.* broken/);
  expect(text).toContain("    and another");
  expect(text.endsWith("The contract is violated.\n\n| a | b |")).toBe(true);
});

test("only some of many reasons are shown", () => {
  const lines = Array.from({ length: 40 }, (_, index) => `reason ${index}`);
  const text = REPORTERS.pretty({
    ...report,
    items: [{ id: "broken", title: "Is broken.", outcome: "violation", lines, seconds: 0.25 }],
  });
  expect(text).toContain("reason 4\n    and 35 more");
});

test("names from a spec stay on their line, without control characters", () => {
  const change = { impact: "major", path: `#/a${nasty}\n::error::`, message: nasty } as const;
  const changes = [{ ...change, rule: undefined }];
  const told = diffReport("a → b", { bump: "major", isBreaking: true, changes }, Date.now());
  for (const reporter of [REPORTERS.pretty, REPORTERS.github]) {
    // The terminal colours come from styleText.
    const text = stripVTControlCharacters(reporter({ ...told, subject: "" }));
    expect(text).not.toMatch(/^::error::|\r/m);
    expect(text.split("\n")).toHaveLength(reporter === REPORTERS.pretty ? 4 : 2);
  }
});

test("what could not run is an error in each report", () => {
  const error = errorReport({ ...head, subject: "https://a.example", seconds: 2 }, "No <key>.");
  const xml = REPORTERS.junit(error);
  expect(XMLValidator.validate(xml)).toBe(true);
  expect(xml).toContain('tests="1" failures="0" errors="1" skipped="0"');
  expect(xml).toContain('<error message="No &lt;key&gt;."');
  expect(JSON.parse(REPORTERS.json(error))).toMatchObject({
    error: "No <key>.",
    command: "verify",
  });
  expect(parseCommand(REPORTERS.github(error))).toMatchObject({ command: "error" });
});
