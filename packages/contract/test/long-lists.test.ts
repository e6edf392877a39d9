import { expect, test } from "vitest";
import { ARCHIVE_CHECKS } from "../src/checks/archive-checks.ts";
import type { Survey } from "../src/survey/survey.ts";

test("looks at each archive of a long list a few times, not once for each other archive", () => {
  const LENGTH = 1000;
  let looks = 0;
  const archives = Array.from({ length: LENGTH }, (_, n) => ({
    get id() {
      looks += 1;
      return `4f54ed5e-0000-4000-8000-${String(n).padStart(12, "0")}`;
    },
    action: "00000A",
    target: "000T123",
    sendingDate: "2026-01-01T00:00:00Z",
    url: "",
    expiresOn: "2026-02-02T00:00:00Z",
  }));
  const exchange = { label: "GET /targets/000T123/archives", archives, headers: new Headers() };
  const survey = {
    asked: { target: "000T123", action: "00000A", stamp: "", given: new Set() },
    listings: [{ operation: "target", exchange }],
    windows: [],
    startedAt: Date.now(),
  } as unknown as Survey;
  const findings = ARCHIVE_CHECKS.flatMap((check) => check.look(survey, undefined as never) ?? []);
  expect(findings).toEqual([]);
  expect(looks).toBeLessThan(20 * LENGTH);
});
