import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { createRequire } from "node:module";
import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { afterAll, beforeAll, expect, test } from "vitest";

const VENDOR = "application/vnd.np6.cm.mail.archive";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());

/** A GET without `fetch`, which adds an Accept header of its own. */
function ask(
  accept: string | undefined,
  path = "/targets/000T123/archives",
  more: Record<string, string> = {},
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { "X-Key": "demo", ...more, ...(accept !== undefined && { Accept: accept }) };
    const outgoing = request(`${mock.url}${path}`, { headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (body += chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

test.each([
  undefined,
  "",
  " ",
  ",",
  ", ,",
  "*/*",
  "*",
  // The former default of Java.
  "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
  `${VENDOR},`,
  `,${VENDOR}`,
  `${VENDOR};`,
  `${VENDOR} ; q=0.5 ;`,
  VENDOR.toUpperCase(),
  'text/html;note="a, b", */*',
  'text/html;note="a \\" , b";q=0.1,*/*;q=.1',
  "application/*;q=1.000",
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
  "application/json, text/plain, */*",
  `*/*;q=0, ${VENDOR}`,
  `application/*;q=0, ${VENDOR}`,
])("Accept: %j is answered with the vendor's type", async (accept) => {
  const { status, headers, body } = await ask(accept);
  expect([status, headers["content-type"]]).toEqual([200, VENDOR]);
  expect(JSON.parse(body)).not.toHaveLength(0);
});

test.each([
  "application/json",
  "Application/JSON",
  "application/json; charset=utf-8",
  "application/json,",
  "application/json, text/html;q=0.5",
  `application/json, ${VENDOR};q=0`,
  "application/json, */*;q=0",
  "*/*;q=0, application/json;q=0.1",
  "application/json;version=1;q=0, application/json",
  `*/*, ${VENDOR};q=0`,
  `application/*;q=0.5, ${VENDOR};q=0, */*;q=0`,
])("Accept: %j is answered with the same list as JSON", async (accept) => {
  const { status, headers, body } = await ask(accept);
  expect([status, headers["content-type"]]).toEqual([200, "application/json"]);
  expect(body).toBe((await ask(VENDOR)).body);
});

test("a spec with both types has each list under the requested one", async () => {
  const spec = createRequire(import.meta.url).resolve("@np6-archives/spec/for-generators.json");
  const other = await startMock({ spec });
  const types: (string | null)[] = [];
  for (const Accept of ["application/json", VENDOR, "application/json"]) {
    const headers = { "X-Key": "demo", Accept };
    const answer = await fetch(`${other.url}/targets/000T123/archives`, { headers });
    types.push(answer.headers.get("content-type"));
  }
  await other.close();
  expect(types).toEqual(["application/json", VENDOR, "application/json"]);
});

test.each(["example=empty", "code=200, example=empty"])(
  "an example of the spec is answered as JSON too: Prefer: %s",
  async (prefer) => {
    const { status, headers, body } = await ask("application/json", undefined, { Prefer: prefer });
    expect([status, headers["content-type"], body]).toEqual([200, "application/json", "[]"]);
  },
);

test("if nothing matches both Prefer and Accept, the error names the Accept", async () => {
  const { status, body } = await ask("text/html", undefined, { Prefer: "code=200" });
  expect(status).toBe(404);
  expect(body).toContain("Prefer: code=200 with Accept: text/html.");
});

test.each([
  ["text/html", "text/html"],
  ["*/*;q=0", "*/*;q=0"],
  ["application/json;q=0", "application/json"],
  ["*/*, application/*;q=0", "application/*;q=0"],
  [`*/*, application/json;q=0, ${VENDOR};q=0`, "application/json;q=0"],
  ["garbage", '"garbage"'],
  ["text/html, /", '"/"'],
  ['text/html;a="b', "media ranges"],
  ["text/html;level", "media ranges"],
])("Accept: %j is refused, with what is accepted", async (accept, named) => {
  const { status, headers, body } = await ask(accept);
  expect(status).toBe(406);
  expect((JSON.parse(body) as { detail: string }).detail).toContain(named);
  expect(headers["sl-violations"]).toContain("406");
});

test("a long Accept header of empty parts takes no time", async () => {
  expect((await ask(`text/html${" ;".repeat(6000)} x`)).status).toBe(406);
  expect((await ask(`a/b;c="${'\\"'.repeat(3000)}`)).status).toBe(406);
});
