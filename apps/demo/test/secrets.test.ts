import { createServer } from "node:http";
import { request } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KEY, linksOf, startViewer } from "./viewer.ts";
import type { Page, TestViewer } from "./viewer.ts";

let viewer: TestViewer;
beforeAll(async () => {
  viewer = await startViewer({ allowedHosts: ["archives.example.com", "full.example."] });
});
afterAll(() => viewer.close());

const TABS = ["mail", "text", "headers", "links", "parts", "source"];

/** A page of every kind. */
async function everyPage(): Promise<[string, Page][]> {
  const paths = [
    "",
    "?by=target&target=000T123",
    "?by=target&target=000F503",
    "?by=target&target=",
    "none",
  ];
  for (const mail of (await viewer.mailsOf("by=target&target=000T123")).slice(0, 12)) {
    paths.push(...TABS.map((tab) => `${mail}&tab=${tab}`));
    for (const page of ["frame", "print", "download"])
      paths.push(mail.replace("mail?", `${page}?`));
    paths.push(...linksOf((await viewer.get(`${mail}&tab=parts`)).text, "attachment?"));
  }
  paths.push(
    ...(await viewer.mailsOf("by=target&target=000EXPIRED")),
    ...(await viewer.mailsOf("by=target&target=000BLANK")),
  );
  return Promise.all(
    paths.map(async (path): Promise<[string, Page]> => [path, await viewer.get(path)]),
  );
}

describe("no page", () => {
  let pages: [string, Page][];
  beforeAll(async () => {
    pages = await everyPage();
  });

  test("contains the key, a link or the place of the mails, and neither does a header or the log", () => {
    const signatures = viewer.mock.dataset.archives
      .map(({ url }) => /sig=([^&]+)/.exec(url)?.[1] ?? "none")
      .filter((signature) => signature !== "none");
    const secrets = [
      KEY,
      viewer.mock.blobUrl,
      viewer.mock.url,
      ...signatures,
      ...signatures.map(decodeURIComponent),
    ];
    const said = [
      ...pages.map(([path, { text, headers }]) => path + text + JSON.stringify([...headers])),
      ...viewer.log,
    ];
    expect(said.length).toBeGreaterThan(100);
    for (const text of said) {
      for (const secret of secrets) if (text.includes(secret)) expect(text).not.toContain(secret);
    }
  });

  test("is without its security headers", () => {
    for (const [path, { headers }] of pages) {
      const policy = headers.get("content-security-policy") ?? "";
      const isMail =
        /^(?:frame|print|download|attachment)\?/.test(path) && !policy.includes("script-src");
      expect(policy).toContain("default-src 'none'");
      if (isMail) {
        expect(policy).toContain(
          "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
        );
      } else {
        expect(policy).toContain("script-src 'self'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain("unsafe");
      }
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("referrer-policy")).toBe("no-referrer");
      expect(headers.get("cache-control")).toBe("no-store");
    }
  });

  test("of ours has an inline script, an inline style or an event handler", () => {
    for (const [path, { text }] of pages) {
      if (/^(?:frame|print|download|attachment)\?/.test(path)) continue;
      expect(text.replaceAll(/<pre[\s\S]*?<\/pre>/g, "")).not.toMatch(
        /<script(?![^>]*src=)|<style|\sstyle=|\son\w+=/i,
      );
    }
  });
});

describe("a request", () => {
  test("with other hosts or paths in it makes the server fetch only listings and listed mails", async () => {
    const asked: string[] = [];
    const other = createServer((incoming, answer) => {
      asked.push(incoming.url ?? "");
      answer.end();
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}/mail.eml`;
    try {
      viewer.mock.reset();
      const named = encodeURIComponent(elsewhere);
      for (const path of [
        `mail?by=target&target=000T123&id=${named}`,
        `download?by=target&target=000T123&id=${named}&url=${named}`,
        `frame?by=target&target=${named}&id=x`,
        `?by=target&target=${named}`,
        `?by=target&target=..%2F..%2F__mock%2Fjournal`,
        `?by=stamp&stamp=..%2F..%2Ftargets%2F000T123`,
        `?by=action&action=${encodeURIComponent("@other/")}&target=${named}%23`,
        `?url=${named}&baseUrl=${named}&target=x`,
        elsewhere,
        `//${new URL(elsewhere).host}/`,
      ]) {
        await send(path);
      }
      expect(asked).toEqual([]);
      const paths = viewer.mock.journal().map(({ path }) => path);
      expect(paths.length).toBeGreaterThan(3);
      for (const path of paths) {
        expect(path).toMatch(
          /^\/(?:targets\/[^/]+|actions\/[^/]+\/targets\/[^/]+|actions\/stamp\/[^/]+)\/archives(?:\?|$)/,
        );
      }
    } finally {
      other.close();
    }
  });

  test("with a foreign host name is not answered", async () => {
    expect(await send("/", "rebound.example.net")).toBe(421);
    for (const name of [
      "localhost",
      "127.0.0.1:4000",
      "[::1]:4000",
      "archives.example.com",
      "Archives.Example.com:443",
      "full.example.",
    ]) {
      expect(await send("/", name)).toBe(200);
    }
  });
});

/** Sends a request target as it is, while `fetch` would normalise it. */
function send(target: string, host = "localhost"): Promise<number | undefined> {
  const { hostname, port } = new URL(viewer.url);
  const path = /^(?:\/|http)/.test(target) ? target : `/${target}`;
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
