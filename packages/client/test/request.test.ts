import { assert, asyncProperty, string } from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ArchivesClient } from "../src/index.ts";
import type { DateRange } from "../src/index.ts";
import { clientThrough, emptyList, scriptedFetch } from "./scripted-fetch.ts";
import { API_KEY, clientOf, list, serve } from "./server.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

/** The headers that one call sends. */
async function sent(
  clientHeaders: ConstructorParameters<typeof ArchivesClient>[0],
  headers?: NonNullable<Parameters<ArchivesClient["listByStamp"]>[1]>["headers"],
): Promise<Record<string, string>> {
  const fetch = scriptedFetch(emptyList);
  await clientThrough(fetch, clientHeaders).listByStamp("a", { headers });
  return fetch.calls[0]?.init.headers as Record<string, string>;
}

describe("headers", () => {
  test("a call's headers override the client's, whatever their case", async () => {
    expect(
      await sent({ headers: { "X-Trace": "client", accept: "a/b" } }, { "x-TRACE": "call" }),
    ).toEqual({
      "x-key": API_KEY,
      "x-trace": "call",
      accept: "a/b",
    });
  });

  test("undefined keeps a header and null removes it", async () => {
    const client = { headers: { "x-a": "a", "x-b": "b" } };
    expect(await sent(client, { "X-A": undefined, "X-B": null })).toEqual({
      "x-key": API_KEY,
      "x-a": "a",
    });
  });

  test("may be Headers or pairs, and the given object is not changed", async () => {
    const given = Object.freeze({ "X-A": "a" });
    expect(await sent({ headers: new Headers(given) }, [["x-b", "b"]])).toMatchObject({
      "x-a": "a",
      "x-b": "b",
    });
    const headers = new Headers({ "x-a": "a" });
    await sent({ headers: given }, headers);
    expect([...headers]).toEqual([["x-a", "a"]]);
  });

  test.each([
    ["a name with a space", "x a", "v"],
    ["an empty name", "", "v"],
    ["a value with a line break", "x-a", "v\r\nx-b: w"],
    ["a value that is not Latin-1", "x-a", "€"],
    ["a value that is no text", "x-a", 7],
  ])("%s is a TypeError, and the value is not shown", async (_, name, value) => {
    const headers = { [name]: value } as Record<string, string>;
    await expect(sent({}, headers)).rejects.toBeInstanceOf(TypeError);
    await expect(sent({}, headers)).rejects.not.toThrow("x-b: w");
    expect(() => new ArchivesClient({ apiKey: API_KEY, headers })).toThrow(TypeError);
  });
});

describe("the key", () => {
  test("comes from the option, or else from the environment", async () => {
    vi.stubEnv("NP6_API_KEY", "from-the-environment");
    expect((await sent({}))["x-key"]).toBe(API_KEY);
    expect((await sent({ apiKey: undefined }))["x-key"]).toBe("from-the-environment");
  });

  test.each([undefined, "", "  "])(
    "%j in the environment counts as no key, and the error names the variable",
    (value) => {
      vi.stubEnv("NP6_API_KEY", value);
      expect(() => new ArchivesClient()).toThrow(
        /^apiKey \(or the environment's NP6_API_KEY\): expected an API key, got /,
      );
      expect(() => new ArchivesClient({ apiKey: "" })).toThrow("NP6_API_KEY");
    },
  );

  test.each(["a secret\n", " a secret", "a sécret €", 42])(
    "%j cannot be sent: a TypeError that does not show it",
    (key) => {
      const construct = () => new ArchivesClient({ apiKey: key as string });
      expect(construct).toThrow(TypeError);
      expect(construct).toThrow("apiKey: expected a valid header value");
      expect(construct).not.toThrow("secret");
    },
  );
});

describe("ids", () => {
  test.each(["a/b?c#d", "../x", "a b", "é%2F日本", "%", "+", "...", "a\\b", "😀"])(
    "%j stays one segment of the path and arrives unchanged",
    async (id) => {
      const server = await serve(list([]));
      await clientOf(server).listByActionAndTarget(id, "t");
      const [, actions, segment, ...rest] = server.requests[0]?.url.split("/") ?? [];
      expect([actions, ...rest]).toEqual(["actions", "targets", "t", "archives"]);
      expect(decodeURIComponent(segment ?? "")).toBe(id);
    },
  );

  test("any other text arrives unchanged", async () => {
    const fetch = scriptedFetch(emptyList);
    const client = clientThrough(fetch);
    const ids = string({ unit: "binary", minLength: 1 }).filter(
      (id) => id.trim() !== "" && !/^(\.|%2e){1,2}$/i.test(id),
    );
    await assert(
      asyncProperty(ids, async (id) => {
        await client.listByTarget(id);
        const { pathname } = new URL(fetch.calls.at(-1)?.url ?? "");
        expect(decodeURIComponent(pathname.slice("/targets/".length, -"/archives".length))).toBe(
          id,
        );
      }),
    );
  });

  test.each([
    null,
    undefined,
    "",
    "   ",
    ".",
    "..",
    "%2e%2e",
    "%2E.",
    ".%2e",
    {},
    ["a"],
    7,
    "\ud800",
  ])("%j is refused before anything is sent", async (id) => {
    const fetch = scriptedFetch(emptyList);
    const client = clientThrough(fetch);
    const given = id as string;
    await expect(client.listByTarget(given)).rejects.toThrow(/^target: expected an id/);
    await expect(client.listByActionAndTarget(given, "t")).rejects.toThrow(
      /^action: expected an id/,
    );
    await expect(client.listByActionAndTarget("a", given)).rejects.toThrow(
      /^target: expected an id/,
    );
    await expect(client.listByStamp(given)).rejects.toThrow(/^stamp: expected an id/);
    await expect(client.listByStamp(given)).rejects.toBeInstanceOf(TypeError);
    expect(fetch.calls).toHaveLength(0);
  });
});

/** The query parameters that a range produces. */
async function query(range: DateRange | null | undefined): Promise<Record<string, string>> {
  const fetch = scriptedFetch(emptyList);
  await clientThrough(fetch).listByTarget("000T123", range);
  return Object.fromEntries(new URL(fetch.calls[0]?.url ?? "").searchParams);
}

describe("dates", () => {
  test.each([
    [new Date(Date.UTC(2026, 1, 1)), "2026-02-01T00:00:00.000Z"],
    ["2026-02-01", "2026-02-01T00:00:00.000Z"],
    ["2026-02-01T10:30Z", "2026-02-01T10:30:00.000Z"],
    ["2026-02-01T10:30:15.5+02:00", "2026-02-01T08:30:15.500Z"],
    ["2026-01-31T23:00:00-05:00", "2026-02-01T04:00:00.000Z"],
    ["2024-02-29T00:00:00.123456Z", "2024-02-29T00:00:00.123Z"],
  ])("%s is sent as %s", async (startDate, text) => {
    expect(await query({ startDate })).toEqual({ startDate: text });
    expect(await query({ endDate: startDate })).toEqual({ endDate: text });
  });

  test("a time without a zone is local time, as in JavaScript", async () => {
    const text = "2026-02-01T10:30:00";
    expect(await query({ startDate: text })).toEqual({ startDate: new Date(text).toISOString() });
  });

  test.each([null, undefined, {}, { startDate: null }, { startDate: undefined, endDate: null }])(
    "%j sends no date",
    async (range) => {
      expect(await query(range)).toEqual({});
    },
  );

  test.each([
    new Date(Number.NaN),
    new Date(8.64e15),
    new Date("-000001-01-01T00:00:00Z"),
    "",
    "yesterday",
    "1",
    "2026-02-30",
    "2026-02-29T00:00:00Z",
    "2026-13-01",
    "2026-02-01T25:00:00Z",
    "02/01/2026",
    1_770_000_000_000,
    ["2026-02-01"],
    {},
  ])("%j is refused before anything is sent", async (date) => {
    const given = date as string;
    await expect(query({ startDate: given })).rejects.toThrow(
      /^startDate: expected a valid Date or an ISO 8601 date, got /,
    );
    await expect(query({ endDate: given })).rejects.toBeInstanceOf(TypeError);
  });

  test.each([
    ["2026-02-01", "2026-02-01"],
    ["2026-02-02", "2026-02-01"],
    ["2026-02-01T01:00:00+01:00", "2026-02-01T00:00:00Z"],
  ])("a range from %s to %s is empty, so it is refused", async (startDate, endDate) => {
    await expect(query({ startDate, endDate })).rejects.toThrow(
      /^startDate: expected a date before endDate, /,
    );
  });

  test.each([
    5,
    "2026-02-01",
    new Date(),
    { start: "2026-02-01" },
    [],
    new Map([["startDate", "2026-02-01"]]),
    Promise.resolve({ startDate: "2026-02-01" }),
    new AbortController().signal,
    () => {},
  ])("%o is refused as a range", async (range) => {
    const error = await query(range as DateRange).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: "InputError", argument: "range" });
    expect((error as Error).message).toContain("range: expected { startDate?, endDate? }");
  });

  test("a misspelt property of a range is named in the error", async () => {
    await expect(query({ startdate: "2026-02-01" } as DateRange)).rejects.toThrow(
      'range: expected { startDate?, endDate? }, got "startdate".',
    );
    await expect(query("2026-02-01" as DateRange)).rejects.toThrow('got "2026-02-01".');
  });

  test("values given to raw arrive unchanged, a + included", async () => {
    const server = await serve(list([]));
    const startDate = "2026-02-01T00:00:00+02:00";
    await clientOf(server).raw.GET("/targets/{id}/archives", {
      params: { path: { id: "é +%" }, query: { startDate } },
    });
    const url = new URL(server.requests[0]?.url ?? "", server.url);
    expect(url.searchParams.get("startDate")).toBe(startDate);
    expect(decodeURIComponent(url.pathname)).toBe("/targets/é +%/archives");
  });
});

describe("the base URL", () => {
  test("comes from the option, or the environment, or else is production", async () => {
    const fetch = scriptedFetch(emptyList);
    const url = async (baseUrl?: string) => {
      await new ArchivesClient({ apiKey: API_KEY, fetch, baseUrl }).listByStamp("a");
      return fetch.calls.at(-1)?.url;
    };
    expect(await url()).toBe("https://api-cm.np6.com/actions/stamp/a/archives");
    expect(await url("http://127.0.0.1:4010/prefix//")).toBe(
      "http://127.0.0.1:4010/prefix/actions/stamp/a/archives",
    );
    vi.stubEnv("NP6_BASE_URL", "https://api.example.com");
    expect(await url()).toBe("https://api.example.com/actions/stamp/a/archives");
  });

  test.each([
    "",
    "api-cm.np6.com",
    "ftp://a.example",
    "https://u:p4ssword@a.example",
    "https://a.example?x=1",
    "https://a.example/#x",
  ])("%j is refused, without showing a password", (baseUrl) => {
    const construct = () => new ArchivesClient({ apiKey: API_KEY, baseUrl });
    expect(construct).toThrow(
      /^baseUrl: expected an http or https URL without user, query or fragment/,
    );
    expect(construct).not.toThrow("p4ssword");
  });
});

test("a browser is refused unless dangerouslyAllowBrowser is set", () => {
  vi.stubGlobal("window", { document: {} });
  expect(() => new ArchivesClient({ apiKey: API_KEY })).toThrow(/everybody can read the API key/);
  expect(
    () => new ArchivesClient({ apiKey: API_KEY, dangerouslyAllowBrowser: true }),
  ).not.toThrow();
});

test("an unknown log level is refused", () => {
  vi.stubEnv("NP6_LOG", "loud");
  expect(() => new ArchivesClient({ apiKey: API_KEY })).toThrow(
    'logLevel (or NP6_LOG): expected one of off, error, warn, info, debug, got "loud".',
  );
});

test.each([
  ["logger", { log() {} }, "logger.info: expected a function, got undefined."],
  ["hooks", { onRetry: "x" }, 'hooks.onRetry: expected a function, got "x".'],
  ["hooks", 5, "hooks: expected an object, got 5."],
  ["fetch", "", 'fetch: expected a function, got "".'],
  ["validate", "no", 'validate: expected a boolean, got "no".'],
  ["headers", "x-a: a secret", 'headers: expected an object, got "String".'],
])("the option %s that is %j is refused", (name, option, message) => {
  const construct = () => new ArchivesClient({ apiKey: API_KEY, [name]: option });
  expect(construct).toThrow(new TypeError(message));
});
