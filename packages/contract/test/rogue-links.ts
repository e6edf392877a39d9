import { items } from "./rogue-bodies.ts";
import type { Passing, Rogue } from "./rogue-proxy.ts";

function opened(change: (passing: Passing) => void): Rogue {
  return {
    answer: (passing) => {
      if (passing.kind === "link") change(passing);
    },
  };
}

function page(passing: Passing, type: string, body: string): void {
  passing.status = 200;
  passing.headers = { "content-type": type };
  passing.body = Buffer.from(body);
}

const link = (change: (url: string) => string): Rogue =>
  items((archive) =>
    archive.url.trim() === "" ? archive : { ...archive, url: change(archive.url) },
  );

const query = (change: (parameters: URLSearchParams) => void): Rogue =>
  link((text) => {
    const url = new URL(text);
    change(url.searchParams);
    return url.href;
  });

/** Links that break what is documented. */
export const brokenLinks: Record<string, Rogue> = {
  "a link without TLS": link((url) =>
    url.replace(/^http:\/\/[^/]+/, "http://mcom032.blob.core.windows.net"),
  ),
  "a link by FTP": link((url) => url.replace(/^http:/, "ftp:")),
  "a link without an origin": link((url) => url.replace(/^http:\/\/[^/]+/, "")),
  "a link that is no URL": link(() => "archived"),
  "a link with a space before it": link((url) => ` ${url}`),
  "a link with a tab within it": link((url) => url.replace("?", "\t?")),
  "a link with backslashes": link((url) => url.replace("://", ":\\\\")),
  "a link without its signature": query((parameters) => parameters.delete("sig")),
  "a link without its query": link((url) => url.replace(/\?.*/, "")),
  "a link without its end": query((parameters) => parameters.delete("se")),
  "a link in HTML writing": link((url) => url.replaceAll("&", "&amp;")),
  "a signature encoded twice": link((url) => url.replaceAll("%", "%25")),
  "another signature": query((parameters) => parameters.set("sig", "bm90IGEgcmVhbCBzaWduYXR1cmU=")),
  "se days before expiresOn": query((parameters) => {
    const se = Date.parse(parameters.get("se")!) - 3 * 86_400_000;
    parameters.set("se", new Date(se).toISOString());
  }),
  "se that is no date": query((parameters) => parameters.set("se", "never")),
  "expiresOn a year later": items((archive) => ({
    ...archive,
    expiresOn: new Date(Date.parse(archive.expiresOn) + 365 * 86_400_000).toISOString(),
  })),
  "every link the same": items((archive, index) =>
    index === 0 ? archive : { ...archive, url: archive.url.replace(/\/[^/]+\.eml/, "/none.eml") },
  ),
  "a link that expired long before expiresOn": opened((passing) => {
    passing.status = 403;
    passing.body = Buffer.from("<Error><Code>AuthenticationFailed</Code></Error>");
  }),
  "a link to nothing": opened((passing) => {
    passing.status = 404;
  }),
  "a link that redirects": opened((passing) => {
    passing.status = 302;
    passing.headers["location"] = "https://example.com/";
  }),
  "a link that answers 204": opened((passing) => {
    passing.status = 204;
    passing.body = Buffer.alloc(0);
  }),
  "a link that fails": opened((passing) => {
    passing.status = 500;
  }),
  "a link that wants the key": opened((passing) => {
    if (passing.requestHeaders["x-key"] === undefined) passing.status = 401;
  }),
  "a page for a mail": opened((passing) =>
    page(passing, "text/html", "<!doctype html>\n<p>Sign in: https://example.com"),
  ),
  "JSON for a mail": opened((passing) => page(passing, "application/json", '{"subject":"Hello"}')),
  "nothing for a mail": opened((passing) => page(passing, "message/rfc822", "")),
  "the body of a mail without its header": opened((passing) => {
    const text = passing.body.toString("latin1");
    passing.body = Buffer.from(text.slice(text.search(/\r?\n\r?\n/)), "latin1");
  }),
  "a mail that is not that of its MD5": opened((passing) => {
    passing.headers["content-md5"] = "1B2M2Y8AsgTpgAmY7PhCfg==";
  }),
  "half a mail": opened((passing) => {
    passing.body = passing.body.subarray(0, passing.body.length / 2);
  }),
};

/** Links whose mail does not come completely, or not in time. */
export const brokenDownloads: Record<string, Rogue> = {
  "a mail that breaks off": opened((passing) => {
    passing.delivery = "cut";
  }),
  "a mail that never ends": opened((passing) => {
    passing.delivery = "hang-in-body";
  }),
};

/** Links that contradict only assumptions. */
export const oddLinks: Record<string, Rogue> = {
  "archives that expire after 22 days, without a link": items((archive) => ({
    ...archive,
    url: "",
    expiresOn: new Date(Date.parse(archive.expiresOn) - 10 * 86_400_000).toISOString(),
  })),
};
