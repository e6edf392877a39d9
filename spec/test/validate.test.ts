import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { isScalar, isSeq, parseDocument, visit } from "yaml";
import { mailArchivesIssues, mailArchivesShapeIssues } from "../validate.ts";

const archive = {
  id: "43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11",
  action: "00000A",
  target: "000T123",
  sendingDate: "2026-02-05T09:27:58.67Z",
  url: "    ",
  expiresOn: "2026-03-09T09:27:58.67Z",
};

test("every named example of the contract is valid", async () => {
  const document = parseDocument(
    await readFile(new URL("../openapi.yaml", import.meta.url), "utf8"),
  );
  const examples: unknown[] = [];
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === "value" && isSeq(value))
        examples.push(value.toJS(document));
    },
  });
  expect(examples).toHaveLength(7);
  for (const example of examples) expect(mailArchivesIssues(example)).toEqual([]);
});

test("undocumented properties are no issue", () => {
  expect(mailArchivesIssues([{ ...archive, subject: "Hello" }])).toEqual([]);
});

test.each([{}, null, "[]", 42, undefined])("%j is not a list", (body) => {
  expect(mailArchivesIssues(body)).toMatchObject([{ path: "", expected: "array" }]);
});

test("each issue says where, what was expected and what came, without values", () => {
  const { url: _, ...withoutUrl } = archive;
  expect(
    mailArchivesIssues([archive, { ...withoutUrl, id: 7, target: null }, "secret", null]),
  ).toEqual([
    { path: "/1/url", expected: "a value", received: "nothing" },
    { path: "/1/id", expected: "string", received: "number" },
    { path: "/1/target", expected: "string", received: "null" },
    { path: "/2", expected: "object", received: "string" },
    { path: "/3", expected: "object", received: "null" },
  ]);
});

test("issues far down a long list have the right path", () => {
  const list = Array.from({ length: 2500 }, (_, i) =>
    i % 1200 === 1199 ? { ...archive, id: i } : archive,
  );
  for (const issues of [mailArchivesIssues(list), mailArchivesShapeIssues(list)]) {
    expect(issues).toEqual([
      { path: "/1199/id", expected: "string", received: "number" },
      { path: "/2399/id", expected: "string", received: "number" },
    ]);
  }
  expect(mailArchivesIssues([...list, null], 1)).toHaveLength(1);
  expect(mailArchivesIssues(Array(2000).fill(null)).at(-1)?.path).toBe("/1999");
});

test.each([mailArchivesIssues, mailArchivesShapeIssues])(
  "of millions of invalid items only as many are looked at as are wanted",
  (issuesOf) => {
    const issues = issuesOf(Array(5_000_000).fill(7), 10);
    expect(issues).toHaveLength(10);
    expect(issues[9]).toEqual({ path: "/9", expected: "object", received: "number" });
  },
);

test.each([
  "2026-02-05T09:27:58Z",
  "2026-02-05t09:27:58.6z",
  "2026-02-05T09:27:58.673456+02:00",
  "2024-02-29T23:59:60-12:30",
  "2000-02-29T00:00:00Z",
])("%s is a date-time", (sendingDate) => {
  expect(mailArchivesIssues([{ ...archive, sendingDate }])).toEqual([]);
});

test.each([
  "",
  "2026-02-05",
  "2026-02-05T09:27:58",
  "2026-02-05T09:27:58.67",
  "2026-02-05T09:27:58.67+",
  "2026-02-05 09:27:58Z",
  "2026-02-05T09:27:58.Z",
  "2026-02-05T09:27Z",
  "2026-13-05T09:27:58Z",
  "2026-00-05T09:27:58Z",
  "2026-02-30T09:27:58Z",
  "2023-02-29T09:27:58Z",
  "1900-02-29T09:27:58Z",
  "2026-04-31T09:27:58Z",
  "2026-02-05T24:27:58Z",
  "2026-02-05T09:60:58Z",
  "2026-02-05T09:27:61Z",
  "2026-02-05T09:27:58+0200",
  "2026-02-05T09:27:58+24:00",
  "2026-02-05T09:27:58Zulu",
  "2026-02-05T09:2x:58Z",
  "2026/02/05T09:27:58Z",
  "1770283678000",
])("%j is not a date-time", (sendingDate) => {
  expect(mailArchivesIssues([{ ...archive, sendingDate }])).toEqual([
    { path: "/0/sendingDate", expected: "date-time", received: "string" },
  ]);
});
