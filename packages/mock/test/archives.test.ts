import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import type { MailArchive } from "@np6-archives/spec";
import { mailArchivesIssues } from "@np6-archives/spec/validate";
import { afterAll, beforeAll, expect, test } from "vitest";

const MEDIA_TYPE = "application/vnd.np6.cm.mail.archive";
const STAMP = "d52055cd-e854-4177-8ef5-b10fd8d568a7";
let mock: Mock;

beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());

function get(path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${mock.url}${path}`, { headers: { "X-Key": "demo", ...headers } });
}

async function list(path: string): Promise<MailArchive[]> {
  const response = await get(path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(MEDIA_TYPE);
  const body = (await response.json()) as MailArchive[];
  expect(mailArchivesIssues(body)).toEqual([]);
  return body;
}

test("a target's archives are listed newest first, only under the vendor's media type", async () => {
  const archives = await list("/targets/000T123/archives");
  expect(archives.length).toBeGreaterThan(20);
  expect(archives.every(({ target }) => target === "000T123")).toBe(true);
  const dates = archives.map(({ sendingDate }) => Date.parse(sendingDate));
  expect(dates).toEqual(dates.toSorted((one, other) => other - one));
  expect(Object.keys(archives[0] ?? {})).toEqual([
    "id",
    "action",
    "target",
    "sendingDate",
    "url",
    "expiresOn",
  ]);
});

test("an action's archives to a target are those of that action", async () => {
  const ofTarget = await list("/targets/000T123/archives");
  const ofAction = await list("/actions/00000B/targets/000T123/archives");
  expect(ofAction).toEqual(ofTarget.filter(({ action }) => action === "00000B"));
  expect(ofAction.length).toBeGreaterThan(0);
});

test("a stamp lists its one archive", async () => {
  const [archive, ...more] = await list(`/actions/stamp/${STAMP}/archives`);
  expect(more).toEqual([]);
  expect(archive).toMatchObject({ action: "00000A", target: "000T123" });
});

test("a date range includes its start, excludes its end, and compares times in any zone", async () => {
  const all = await list("/targets/000T123/archives");
  const bound = all[5];
  const next = all[9];
  if (bound === undefined || next === undefined) throw new Error("The list is too short.");
  const end = encodeURIComponent(bound.sendingDate);
  const start = encodeURIComponent(next.sendingDate);
  expect(await list(`/targets/000T123/archives?startDate=${start}&endDate=${end}`)).toEqual(
    all.slice(6, 10),
  );

  const paris = new Date(Date.parse(next.sendingDate) + 3_600_000)
    .toISOString()
    .replace("Z", "+01:00");
  const offset = `/targets/000T123/archives?startDate=${encodeURIComponent(paris)}&endDate=${end}`;
  expect(await list(offset)).toEqual(all.slice(6, 10));
});

test("a date range with more fraction digits than the archives have still compares times", async () => {
  const all = await list("/targets/000T123/archives");
  const first = all[0];
  if (first === undefined) throw new Error("The list is empty.");
  const instant = new Date(first.sendingDate).toISOString();
  const justAfter = instant.replace("Z", "001Z");
  expect(await list(`/targets/000T123/archives?startDate=${justAfter}`)).toEqual([]);
  expect(await list(`/targets/000T123/archives?startDate=${instant.replace("Z", "000Z")}`)).toEqual(
    [first],
  );
});

test("the three calls from the vendor's reference page work with host and ids replaced", async () => {
  const window = "startDate=2019-08-24T14%3A15%3A22Z&endDate=2019-08-24T14%3A15%3A22Z";
  expect(await list(`/actions/00000A/targets/000T123/archives?${window}`)).toEqual([]);
  expect(await list(`/actions/stamp/${STAMP}/archives`)).toHaveLength(1);
  expect(await list(`/targets/000T123/archives?${window}`)).toEqual([]);
});

test("every link that is neither blank nor expired opens a mail without the key", async () => {
  const archives = await list("/targets/000T123/archives");
  const usable = archives.filter(
    ({ url, expiresOn }) => url.trim() !== "" && Date.parse(expiresOn) > Date.now(),
  );
  expect(usable.length).toBeGreaterThan(20);
  for (const { url } of usable) {
    const response = await fetch(url);
    expect(response.status).toBe(200);
    const head = Buffer.from(await response.arrayBuffer()).toString("latin1", 0, 4096);
    expect(head).toMatch(/^From: /m);
    expect(head).toMatch(/\r\n\r\n/);
  }
});

test("a key is required, and any will do unless some are given", async () => {
  const path = "/targets/000T123/archives";
  for (const headers of [{}, { "X-Key": "" }, { "X-Key": "   " }]) {
    const response = await fetch(`${mock.url}${path}`, { headers });
    expect(response.status).toBe(401);
    expect(await response.text()).toBe("");
    expect(response.headers.get("sl-violations")).toContain("Invalid security scheme used");
  }

  const strict = await startMock({ apiKeys: ["right", "also right"] });
  try {
    const statusWith = async (key: string): Promise<number> =>
      (await fetch(`${strict.url}${path}`, { headers: { "X-Key": key } })).status;
    expect(await statusWith("right")).toBe(200);
    expect(await statusWith("also right")).toBe(200);
    expect(await statusWith("wrong")).toBe(401);
  } finally {
    await strict.close();
  }
});

test.each([
  "startDate=yesterday",
  "endDate=null",
  "startDate=2026-02-01",
  "startDate=2026-02-01T00:00:00Z&startDate=2026-02-02T00:00:00Z",
])("a query with %s is refused with 400, no body, and a reason", async (query) => {
  const response = await get(`/targets/000T123/archives?${query}`);
  expect(response.status).toBe(400);
  expect(await response.text()).toBe("");
  expect(response.headers.get("sl-violations")).toMatch(/startdate|enddate/);
});

test("parameter names are case-insensitive, and violations show them in lower case", async () => {
  expect(await list("/targets/000T123/archives?STARTDATE=2999-01-01T00:00:00Z")).toEqual([]);
  const response = await get("/targets/000T123/archives?STARTDATE=yesterday");
  expect(response.headers.get("sl-violations")).toContain('"startdate"');
});

test("an empty date counts as none, and unknown parameters are ignored", async () => {
  const all = await list("/targets/000T123/archives");
  expect(await list("/targets/000T123/archives?startDate=&page=2")).toEqual(all);
  const ofStamp = await list(`/actions/stamp/${STAMP}/archives`);
  for (const query of ["endDate=2020-01-01T00:00:00Z", "startDate=tomorrow"]) {
    expect(await list(`/actions/stamp/${STAMP}/archives?${query}`)).toEqual(ofStamp);
  }
});

test.each([
  ["/targets/NOBODY/archives", "no target NOBODY"],
  ["/targets/no%0A%C2%9Bbody/archives", "no target no%0A%C2%9Bbody"],
  ["/actions/NOTHING/targets/000T123/archives", "no action or target NOTHING"],
  ["/actions/stamp/00000000-0000-4000-8000-000000000000/archives", "no stamp"],
])("%s is unknown: 404, no body, and a reason", async (path, reason) => {
  const response = await get(path);
  expect(response.status).toBe(404);
  expect(await response.text()).toBe("");
  expect(response.headers.get("sl-violations")).toContain(reason);
});

test("Prefer asks for documented statuses and named examples", async () => {
  const forced = await get("/targets/000T123/archives", { Prefer: "code=403" });
  expect(forced.status).toBe(403);
  expect(await forced.text()).toBe("");

  const example = await get("/targets/000T123/archives", { Prefer: "code=200, example=blankLink" });
  expect(example.headers.get("content-type")).toBe(MEDIA_TYPE);
  expect(await example.json()).toMatchObject([{ url: "    " }]);

  const ranged = await get("/targets/000T123/archives", { Prefer: "code=503" });
  expect(ranged.status).toBe(503);

  const limited = await get("/targets/000T123/archives", { Prefer: "code=429" });
  expect(limited.status).toBe(429);
  expect(limited.headers.get("x-ratelimit-remaining")).toBe("0");
});

test("Prefer: dynamic=true generates a valid list, dynamic=false returns the reference page's", async () => {
  const invented = await get("/targets/000T123/archives", { Prefer: "dynamic=true" });
  expect(invented.status).toBe(200);
  expect(mailArchivesIssues(await invented.json())).toEqual([]);
  const first = await get("/targets/000T123/archives", { Prefer: "dynamic=false" });
  expect(await first.json()).toMatchObject([
    { id: "3c39aa17-5fcc-4a43-8c12-4085e68f7162" },
    { id: "eace52ff-6151-45af-8c30-0409f94d3a43" },
  ]);
});

async function invent(prefer: string): Promise<string> {
  return (await get("/targets/000T123/archives", { Prefer: prefer })).text();
}

test("generated values repeat with a seed, and only then", async () => {
  expect(await invent("dynamic=true, seed=7")).toBe(await invent("dynamic=true, seed=7"));
  // Any single one may be an empty list.
  const free = await Promise.all(Array.from({ length: 40 }, () => invent("dynamic=true")));
  expect(new Set(free).size).toBeGreaterThan(1);
});

test.each([
  ["code=abc", 422, "code=STATUS"],
  ["code=999", 422, "code=STATUS"],
  ["dynamic=perhaps", 422, "dynamic=true"],
  ["code=409", 404, "409"],
  ["example=nothing", 404, "nothing"],
  ["code=200, example=zz", 404, "Prefer: code=200, example=zz."],
])("Prefer: %s is refused with %i and a reason", async (prefer, status, reason) => {
  const response = await get("/targets/000T123/archives", { Prefer: prefer });
  expect(response.status).toBe(status);
  expect(await response.text()).toContain(reason);
});

test("preferences other than Prism's have no effect", async () => {
  const response = await get("/targets/000T123/archives", {
    Prefer: "return=minimal, respond-async",
  });
  expect(await response.json()).toEqual(await list("/targets/000T123/archives"));
});

test("malformed requests are refused with a 4xx, and the server survives", async () => {
  const refusals: [path: string, init: RequestInit, status: number][] = [
    ["/targets/%zz/archives", {}, 400],
    ["/targets/000T123/archives", { headers: { Accept: "garbage" } }, 406],
    ["/targets/000T123/archives", { headers: { Accept: "text/html" } }, 406],
    [
      "/targets/000T123/archives",
      { method: "POST", body: "{not json", headers: { "Content-Type": "application/json" } },
      400,
    ],
    ["/targets/000T123/archives", { method: "HEAD" }, 405],
    ["/targets/000T123/archives", { method: "DELETE" }, 405],
    ["/targets/000T123/archives/", {}, 404],
    ["/nowhere", {}, 404],
    ["/targets/000T123/archives", { method: "POST", body: "x".repeat(1_500_000) }, 413],
  ];
  for (const [path, init, status] of refusals) {
    const response = await fetch(`${mock.url}${path}`, {
      ...init,
      headers: { "X-Key": "demo", ...(init.headers as Record<string, string> | undefined) },
    });
    expect([path, response.status]).toEqual([path, status]);
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f]{16}$/);
    expect(response.headers.get("sl-violations")).not.toBeNull();
    await response.arrayBuffer();
  }
  expect((await get("/targets/000T123/archives")).status).toBe(200);
});

test("each answer has a request id of its own", async () => {
  const ids = await Promise.all(
    Array.from({ length: 20 }, async () =>
      (await get("/targets/000T123/archives")).headers.get("x-request-id"),
    ),
  );
  expect(new Set(ids).size).toBe(20);
});
