import type { Mock } from "@np6-archives/mock";
import { startMock } from "@np6-archives/mock";
import { expect, test } from "vitest";

async function withMock(
  options: Parameters<typeof startMock>[0],
  use: (mock: Mock) => Promise<void>,
): Promise<void> {
  const mock = await startMock(options);
  try {
    await use(mock);
  } finally {
    await mock.close();
  }
}

const KEY = { "X-Key": "demo" };
const linkOf = async (response: Response): Promise<string> =>
  ((await response.json()) as { url: string }[])[0]?.url ?? "";

test.each([
  "http://mock:4011",
  "https://gateway.example/mails/",
  "https://gateway.example/$&$1",
  "https://gateway.example/é",
  "https://gateway.example/a b",
  "https://gateway.example/a%2Fb",
  // Ends like the beginning of the links' own paths.
  "https://gateway.example/mcom032",
  "https://gateway.example/mcom032/mcom032",
])("links start with %s, and open through it", (publicBlobUrl) =>
  withMock({ publicUrl: "http://mock:4010", publicBlobUrl }, async (mock) => {
    const link = await linkOf(
      await fetch(`${mock.url}/targets/000T123/archives`, { headers: KEY }),
    );
    const name = new URL(publicBlobUrl).href.replace(/\/$/, "");
    expect(link.startsWith(`${name}/mcom032/`)).toBe(true);
    // A gateway may strip its prefix, or keep it.
    for (const prefix of [name, new URL(name).origin]) {
      expect((await fetch(link.replace(prefix, mock.blobUrl))).status).toBe(200);
    }
    const stray = link.replace(name, `${mock.blobUrl}/stray`);
    expect((await fetch(stray)).status).toBe(403);
    const page = (await (await fetch(`${mock.url}/`)).text())
      .replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&");
    expect(page).toContain('curl -H "X-Key: demo" "http://mock:4010/targets/000T123/archives"');
    expect(page).toContain(name);
    expect(page).not.toContain(mock.url);
  }),
);

test("on every interface without a public name, a warning says that the links work on this machine only", async () => {
  const lines: string[] = [];
  const onWarning = (line: string): void => void lines.push(line);
  await withMock({ host: "0.0.0.0", onWarning }, async (mock) => {
    expect(lines).toEqual([expect.stringContaining(mock.blobUrl)]);
    expect(lines[0]).toContain("--public-blob-url");
  });
  await withMock({ host: "0.0.0.0", publicBlobUrl: "http://mock:1", onWarning }, async () => {
    expect(lines).toHaveLength(1);
  });
});

test("a base path moves only the API", () =>
  withMock({ basePath: "/v8/" }, async (mock) => {
    const moved = await fetch(`${mock.url}/v8/targets/000T123/archives`, { headers: KEY });
    expect(moved.status).toBe(200);
    expect((await fetch(await linkOf(moved))).status).toBe(200);
    for (const path of ["/targets/000T123/archives", "/v8", "/v80/targets/000T123/archives"]) {
      const refused = await fetch(`${mock.url}${path}`, { headers: KEY });
      expect(refused.status).toBe(404);
      expect(await refused.text()).toContain("/v8/");
    }
    expect((await fetch(`${mock.url}/__mock/health`)).status).toBe(200);
    expect((await fetch(`${mock.url}/v8/__mock/health`, { headers: KEY })).status).toBe(404);
    const page = await (await fetch(`${mock.url}/`)).text();
    expect(page).toContain(`${mock.url}/v8/targets/000T123/archives`);
    expect(page).toContain(`'${mock.url}/__mock/faults'`);
    expect(page).toContain('data-base-path="/v8"');
  }));

test("with cors every answer of both origins may be read, even an error", () =>
  withMock({ cors: true }, async (mock) => {
    const listed = await fetch(`${mock.url}/targets/000T123/archives`, { headers: KEY });
    const refused = await fetch(`${mock.url}/targets/000T123/archives`);
    const mail = await fetch(await linkOf(listed.clone()));
    for (const { headers } of [listed, refused, mail]) {
      expect(headers.get("access-control-allow-origin")).toBe("*");
      expect(headers.get("access-control-expose-headers")).toBe("*");
    }
    mock.reset();
    mock.inject({ fault: "status=503", times: 2 });
    for (const origin of [mock.url, mock.blobUrl]) {
      const preflight = await fetch(`${origin}/targets/000T123/archives`, {
        method: "OPTIONS",
        headers: {
          "Access-Control-Request-Method": "PATCH",
          "Access-Control-Request-Headers": "x-key,x-mock-fault",
        },
      });
      expect(preflight.status).toBe(204);
      expect(preflight.headers.get("access-control-allow-headers")).toBe("x-key,x-mock-fault");
      expect(preflight.headers.get("access-control-allow-methods")).toBe("PATCH");
    }
    expect(mock.journal()).toMatchObject(
      ["api", "blob"].map((origin) => ({ origin, method: "OPTIONS", status: 204, violations: [] })),
    );
    // The preflight did not use up the fault: it was for the request itself.
    expect((await fetch(`${mock.url}/targets/000T123/archives`, { headers: KEY })).status).toBe(
      503,
    );
    // Pages of other origins may not change the mock.
    const put = await fetch(`${mock.url}/__mock/archives`, {
      method: "OPTIONS",
      headers: { "Access-Control-Request-Method": "PUT" },
    });
    expect(put.headers.get("access-control-allow-origin")).toBeNull();
  }));

test("without cors no answer may be read by other origins", () =>
  withMock({}, async (mock) => {
    const { headers } = await fetch(`${mock.url}/targets/000T123/archives`, { headers: KEY });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  }));
