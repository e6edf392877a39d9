import { expect, test, vi } from "vitest";
import { periodSearch } from "../src/archives/archive-search.ts";
import { mailFileName } from "../src/archives/mail-file-name.ts";
import { dayOf, startOfDay } from "../src/words/zone.ts";

test.each([
  ["2026-03-29", "Atlantic/Azores", "2026-03-29T01:00:00.000Z", "its midnight is skipped"],
  ["2026-03-30", "Atlantic/Azores", "2026-03-30T00:00:00.000Z", "the day after"],
  ["2026-09-06", "America/Santiago", "2026-09-06T04:00:00.000Z", "its midnight is skipped"],
  [
    "2026-04-05",
    "America/Santiago",
    "2026-04-05T04:00:00.000Z",
    "the clocks go back into the day before",
  ],
  ["2026-03-08", "America/Havana", "2026-03-08T05:00:00.000Z", "its midnight is skipped"],
  ["2026-11-01", "America/Havana", "2026-11-01T04:00:00.000Z", "it has its midnight hour twice"],
  ["2026-03-29", "Europe/Paris", "2026-03-28T23:00:00.000Z", "an hour is skipped later"],
  ["2026-10-25", "Europe/Paris", "2026-10-24T22:00:00.000Z", "an hour comes twice later"],
  ["2026-10-26", "Europe/Paris", "2026-10-25T23:00:00.000Z", "the day after"],
  ["2011-12-30", "Pacific/Apia", "2011-12-30T10:00:00.000Z", "there was no such day"],
  ["2026-06-01", "Pacific/Kiritimati", "2026-05-31T10:00:00.000Z", "the farthest ahead"],
  ["2026-06-01", "Pacific/Niue", "2026-06-01T11:00:00.000Z", "the farthest behind"],
])("%s in %s begins at %s: %s", (day, zone, instant) => {
  expect(startOfDay(day, zone)?.toISOString()).toBe(instant);
});

test("each day of a year begins where the previous day ends", () => {
  for (const zone of [
    "Atlantic/Azores",
    "America/Santiago",
    "America/Havana",
    "Asia/Tehran",
    "Australia/Lord_Howe",
  ]) {
    for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += 86_400_000) {
      const day = new Date(at).toISOString().slice(0, 10);
      const start = startOfDay(day, zone)?.getTime() ?? Number.NaN;
      expect([zone, day, dayOf(start, zone), dayOf(start - 1, zone) < day]).toEqual([
        zone,
        day,
        day,
        true,
      ]);
    }
  }
});

test.each([
  ["2026-10-28T22:30:00Z", "Europe/Paris", "7", "2026-10-22", "the clocks went back"],
  ["2026-11-20T22:30:00Z", "Europe/Paris", "30", "2026-10-22", "the clocks went back"],
  ["2026-10-28T12:00:00Z", "Europe/Paris", "7", "2026-10-22", "the clocks went back, at noon"],
  ["2026-04-01T22:30:00Z", "Europe/Paris", "7", "2026-03-27", "the clocks went forward"],
  ["2026-03-04T12:00:00Z", "UTC", "7", "2026-02-26", "a month ended"],
])("at %s in %s the last %s days begin with %s: %s", (now, zone, days, from) => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(now) });
  try {
    expect(periodSearch({ by: "target", target: "000T123", zone, days })?.from).toBe(from);
  } finally {
    vi.useRealTimers();
  }
});

test("a mail with an invalid sending date is saved without a date", () => {
  const archive = { id: "x1", action: "00000A", target: "000T123", url: "", expiresOn: "" };
  const nameOf = (sendingDate: string) => mailFileName({ ...archive, sendingDate }, "Order", "UTC");
  expect(nameOf("2026-02-28T10:00:00Z")).toBe("2026-02-28 Order.eml");
  expect(nameOf("2026-02-30T10:00:00Z")).toBe("Order.eml");
});
