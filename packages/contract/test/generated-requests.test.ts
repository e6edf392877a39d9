import { startMock } from "@np6-archives/mock";
import * as fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { contractFetch } from "../src/index.ts";
import type { Violation } from "../src/index.ts";
import { documentedAnswers } from "./documented-answers.ts";

const apiKey = "generated-requests";
const mock = await startMock({ apiKeys: [apiKey] });
afterAll(() => mock.close());

const documented = new Set((await documentedAnswers()).map(({ status }) => status));
const runs = { numRuns: 300, seed: 8 };

let violations: Violation[] = [];
const held = await contractFetch({ onViolation: (violation) => violations.push(violation) });

async function ask(target: string, headers: Record<string, string>) {
  violations = [];
  const response = await held(mock.url + target, { headers });
  await response.body?.cancel();
  const isDocumented =
    documented.has(String(response.status)) ||
    documented.has(`${Math.floor(response.status / 100)}XX`);
  const [wrong, broken] = ["request", "response"].map((part) =>
    violations.filter(({ where }) => where.startsWith(part)),
  ) as [Violation[], Violation[]];
  return { status: response.status, isDocumented, wrong, broken };
}

/** Known ids, and any others except dots, which would change the path. */
const ids = (known: readonly string[]) =>
  fc.oneof(
    fc.constantFrom(...known),
    fc.string({ unit: "grapheme", minLength: 1 }).filter((id) => !/^\.{1,2}$/.test(id)),
  );

/** Targets whose special behaviour in the mock is not a documented answer. */
const stories = new Set(
  mock.dataset.wellKnown.map(({ id }) => id).filter((id) => id !== "000T123"),
);

const path = fc
  .record({
    operation: fc.constantFrom("target", "actionTarget", "stamp"),
    target: ids(mock.dataset.targets.filter((id) => !stories.has(id))),
    action: ids(mock.dataset.actions),
    stamp: ids(mock.dataset.archives.slice(0, 50).map(({ stamp }) => stamp)),
  })
  .map(({ operation, target, action, stamp }) => ({
    hasDates: operation !== "stamp",
    path: {
      target: `/targets/${encodeURIComponent(target)}/archives`,
      actionTarget: `/actions/${encodeURIComponent(action)}/targets/${encodeURIComponent(target)}/archives`,
      stamp: `/actions/stamp/${encodeURIComponent(stamp)}/archives`,
    }[operation],
  }));

/** RFC 3339 in all its forms: any fraction, Z or an offset, upper or lower case. */
const date = fc
  .record({
    instant: fc.date({
      min: new Date("1971-01-01"),
      max: new Date("2100-01-01"),
      noInvalidDate: true,
    }),
    fraction: fc.constantFrom("", ".6", ".67", ".673", ".6730000"),
    zone: fc.constantFrom("Z", "z", "+00:00", "-00:00", "+02:00", "-11:30", "+14:00"),
    separator: fc.constantFrom("T", "t"),
  })
  .map(({ instant, fraction, zone, separator }) => {
    const [day, time] = instant.toISOString().slice(0, 19).split("T");
    return `${day}${separator}${time}${fraction}${zone}`;
  });

const noDate = fc.oneof(
  fc.constantFrom(
    "yesterday",
    "null",
    "2026-02-05",
    "2026-02-05T09:27:58",
    "2026-02-30T09:27:58Z",
    "2026-13-01T00:00:00Z",
    "2026-02-05T25:00:00Z",
    "1770283678",
    "05/02/2026",
    "2026-02-05T09:27:58 02:00",
  ),
  fc.string({ minLength: 1 }).filter((text) => text.trim() !== "" && !/^\d{4}-/.test(text)),
);

function query(dates: Record<string, string | undefined>): string {
  const given = Object.entries(dates).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const text = new URLSearchParams(given).toString();
  return text === "" ? "" : `?${text}`;
}

test("a request that is valid gets a documented answer", async () => {
  const seen = new Set<number>();
  const request = fc.record({
    path,
    startDate: fc.option(date, { nil: undefined }),
    endDate: fc.option(date, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path: { path: target, hasDates }, ...dates }) => {
      const answer = await ask(target + (hasDates ? query(dates) : ""), { "X-Key": apiKey });
      seen.add(answer.status);
      expect(answer).toMatchObject({ isDocumented: true, wrong: [], broken: [] });
      expect([200, 404]).toContain(answer.status);
    }),
    runs,
  );
  expect(seen).toEqual(new Set([200, 404]));
});

test("a request with an invalid date gets a documented refusal, and is a violation", async () => {
  const request = fc.record({
    path: path.filter(({ hasDates }) => hasDates),
    name: fc.constantFrom("startDate", "endDate"),
    value: noDate,
    other: fc.option(date, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ path: { path: target }, name, value, other }) => {
      const second = name === "startDate" ? "endDate" : "startDate";
      const answer = await ask(target + query({ [name]: value, [second]: other }), {
        "X-Key": apiKey,
      });
      expect(answer).toMatchObject({ status: 400, isDocumented: true, broken: [] });
      expect(answer.wrong.map(({ where }) => where)).toContain(`request.query/${name}`);
    }),
    runs,
  );
});

test("a request with a date given twice gets a documented refusal, and is a violation", async () => {
  await fc.assert(
    fc.asyncProperty(
      path.filter(({ hasDates }) => hasDates),
      date,
      date,
      async (asked, first, second) => {
        const twice = new URLSearchParams([
          ["startDate", first],
          ["startDate", second],
        ]).toString();
        const answer = await ask(`${asked.path}?${twice}`, { "X-Key": apiKey });
        expect(answer).toMatchObject({ status: 400, isDocumented: true, broken: [] });
        expect(answer.wrong.map(({ where }) => where)).toContain("request.query/startDate");
      },
    ),
    { ...runs, numRuns: 50 },
  );
});

test("a request without the right key gets a documented refusal", async () => {
  const keys = fc.oneof(
    fc.constant(undefined),
    fc
      .string({ unit: fc.constantFrom("a", "B", "3", "-", "_", " ") })
      .filter((key) => key.trim() !== apiKey),
  );
  await fc.assert(
    fc.asyncProperty(path, keys, async ({ path: target }, key) => {
      const answer = await ask(target, key === undefined ? {} : { "X-Key": key });
      expect(answer).toMatchObject({ status: 401, isDocumented: true, broken: [] });
      // The request alone cannot tell whether a key is the right one.
      if (key === undefined) expect(answer.wrong[0]?.where).toBe("request.security");
    }),
    runs,
  );
});
