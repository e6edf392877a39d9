import { startMock } from "@np6-archives/mock";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { verify } from "../src/index.ts";
import type { CheckResult } from "../src/index.ts";
import { legitimate } from "./legitimate.ts";
import { brokenAccess, brokenDelivery, oddAccess, rightKey } from "./rogue-access.ts";
import { brokenEmptyLists, brokenLists, oddLists } from "./rogue-archives.ts";
import { brokenBodies } from "./rogue-bodies.ts";
import { flakes } from "./rogue-flakes.ts";
import { brokenDownloads, brokenLinks, oddLinks } from "./rogue-links.ts";
import { changeArchives, rogueProxy } from "./rogue-proxy.ts";
import type { Rogue } from "./rogue-proxy.ts";

/*
 * Verify against a mock behind a proxy that breaks one thing at a time. Breaking what is documented must be a
 * violation, breaking what is only observed or assumed must be reported without failing, and what is legitimate must
 * pass without a finding.
 */
const mock = await startMock({ apiKeys: [rightKey] });
afterAll(() => mock.close());

const ids = {
  target: "000T123",
  action: "00000A",
  stamp: "d52055cd-e854-4177-8ef5-b10fd8d568a7",
};

/** @param deadline in milliseconds. The default is one that even a busy machine keeps, for rogues that are not late. */
async function seenBy(
  rogue: Rogue,
  deadline = 600_000,
): Promise<{ verdict: string; checks: CheckResult[] }> {
  const proxy = await rogueProxy(mock, rogue);
  try {
    const options = { ...ids, baseUrl: proxy.url, apiKey: rightKey, deadline };
    const { verdict, checks } = await verify(options);
    return { verdict, checks: checks.filter(({ findings }) => findings.length > 0) };
  } finally {
    await proxy.close();
  }
}

const told = new Map<string, string>();

function tell(name: string, verdict: string, checks: CheckResult[]): void {
  told.set(name, `${verdict.padEnd(9)} ${checks.map(({ id }) => id).join(", ")}`);
}

const broken = {
  ...brokenBodies,
  ...brokenLists,
  ...brokenEmptyLists,
  ...brokenAccess,
  ...brokenLinks,
};
const late = { ...brokenDelivery, ...brokenDownloads };
const odd = { ...oddLists, ...oddAccess, ...oddLinks };

describe.concurrent("what breaks the contract is a violation", () => {
  test.each(Object.entries(broken))("%s", async (name, rogue) => {
    const { verdict, checks } = await seenBy(rogue);
    tell(
      name,
      verdict,
      checks.filter(({ outcome }) => outcome === "violation"),
    );
    expect(verdict).toBe("violated");
  });
});

describe.concurrent("an answer that does not come completely and in time is a violation", () => {
  test.each(Object.entries(late))("%s", async (name, rogue) => {
    const { verdict, checks } = await seenBy(rogue, 1000);
    tell(
      name,
      verdict,
      checks.filter(({ outcome }) => outcome === "violation"),
    );
    expect(verdict).toBe("violated");
    // On a busy machine other answers may be late too.
    expect(checks.some(({ id }) => id === "answers-in-time" || id === "link-opens")).toBe(true);
  });
});

describe.concurrent("what contradicts only an observation or an assumption is reported, and fails nothing", () => {
  test.each(Object.entries(odd))("%s", async (name, rogue) => {
    const { verdict, checks } = await seenBy(rogue);
    tell(name, checks.length > 0 ? "observed" : "unseen", checks);
    expect(verdict).toBe("holds");
    expect(checks.map(({ outcome }) => outcome)).toContain("observation");
  });
});

describe.concurrent("what succeeds on a retry is flaky, and fails nothing", () => {
  test.each(Object.entries(flakes))("%s", async (name, rogue) => {
    const { verdict, checks } = await seenBy(rogue, 10_000);
    tell(name, verdict, checks);
    expect(verdict).toBe("holds");
    expect(checks.map(({ id, outcome }) => `${outcome} ${id}`)).toEqual(["flaky answers-in-time"]);
    expect(checks[0]!.findings[0]!.received).toMatch(/^one at try [23]: [12] failed \(.+\)$/);
  });
});

describe.concurrent("what is legitimate passes without a finding", () => {
  test.each(Object.entries(legitimate))("%s", async (name, rogue) => {
    const { verdict, checks } = await seenBy(rogue);
    tell(name, verdict, checks);
    expect(verdict).toBe("holds");
    expect(checks).toEqual([]);
  });
});

test("a mock that is called by a host name, and uses it in its links, passes without a finding", async () => {
  const publicUrl = "http://mock:4010";
  const publicBlobUrl = "http://mock:4011";
  const hosted = await startMock({ apiKeys: [rightKey], publicUrl, publicBlobUrl });
  // No name server here knows that name.
  const resolving: typeof fetch = (url, init) => {
    const text = new Request(url, init).url.replace(publicUrl, hosted.url);
    return fetch(text.replace(publicBlobUrl, hosted.blobUrl), init);
  };
  const options = { baseUrl: publicUrl, apiKey: rightKey, fetch: resolving };
  const { checks } = await verify(options);
  await hosted.close();
  expect(checks.filter(({ findings }) => findings.length > 0)).toEqual([]);
});

test("prints all mutations, and which checks noticed each", () => {
  const names = [broken, late, odd, flakes, legitimate].flatMap((group) => Object.keys(group));
  console.log(names.map((name) => `${name.padEnd(50)} ${told.get(name) ?? ""}`).join("\n"));
  const mutations = [broken, late, odd].flatMap((group) => Object.keys(group));
  expect(mutations.length).toBeGreaterThanOrEqual(50);
  expect(Object.keys(legitimate).length).toBeGreaterThanOrEqual(15);
});

test("an action that cannot stand in a path is asked for all the same, and told", async () => {
  const half: Rogue = {
    answer: (passing) =>
      changeArchives(passing, (all) => all.map((archive) => ({ ...archive, action: "\uD800" }))),
  };
  const proxy = await rogueProxy(mock, half);
  onTestFinished(() => proxy.close());
  const { checks } = await verify({ baseUrl: proxy.url, apiKey: rightKey, target: ids.target });
  const violated = checks.filter(({ outcome }) => outcome === "violation").map(({ id }) => id);
  expect(violated).toContain("action-target-listing");
});
