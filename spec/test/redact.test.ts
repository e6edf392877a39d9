import { expect, test } from "vitest";
import { createRedact, redactHeaders, redactJson } from "../redact.ts";

const redact = createRedact();
const link = "https://a.example/b.eml?sv=1&sig=planted%2Bsig%3D&se=2";

test.each([
  ["a link", link],
  ["a link of another case", link.replace("sig", "SIG")],
  ["a link in a URL", `/?to=${encodeURIComponent(link)}&n=1`],
  ["a link in a URL in a URL", `/?to=${encodeURIComponent(encodeURIComponent(link))}`],
  ["a link whose signature comes first", "/?to=https%3A%2F%2Fa.example%2F%3Fsig%3Dplanted"],
  ["a link in a header", `<${link}>; rel=mail`],
  ["JSON", JSON.stringify({ sv: 1, sig: "planted" })],
  ["JSON in JSON", JSON.stringify(JSON.stringify({ sv: 1, sig: "planted" }))],
  ["JSON that escapes much", String.raw`{"url":"\/b.eml?sv=1\u0026sig=\u002B\/planted"}`],
  ["a sentence", "The signature did not match, sig = planted"],
  ["a key in a query", "/targets/a/archives?X-Key=planted&n=1"],
  ["a key in a URL in a URL", "/?to=%2Farchives%3Fx-key%3Dplanted"],
  ["a user in a URL", "https://planted@a.example/b"],
  ["a password in a URL", "see https://me:pl@nted:planted@a.example/b"],
])("a secret in %s is masked", (_, text) => {
  expect(text).toContain("planted");
  expect(redact(text)).not.toContain("planted");
  expect(redact(text)).toContain("[redacted]");
});

test("the text around a secret is kept", () => {
  expect(redact(link)).toBe("https://a.example/b.eml?sv=1&sig=[redacted]&se=2");
  const nested = JSON.stringify({ text: JSON.stringify({ sig: "planted", n: 1 }) });
  expect(JSON.parse(redact(nested))).toEqual({ text: '{"sig":"[redacted]","n":1}' });
  expect(redact("https://me@a.example/b?c=d@e")).toBe("https://[redacted]@a.example/b?c=d@e");
});

test.each([
  "https://a.example/b?design=plain",
  "http://127.0.0.1:4010/to/me@a.example",
  '{"design":"plain"}',
  "The sig parameter is not well formed.",
])("%s holds no secret", (text) => {
  expect(redact(text)).toBe(text);
});

test("a known secret is masked, even as written in URLs and JSON", () => {
  const secret = 'planted/key+value "1"';
  const seen = [secret, encodeURIComponent(secret), JSON.stringify(secret)].join(" and ");
  expect(createRedact(secret, null, undefined)(seen)).toBe(
    '[redacted] and [redacted] and "[redacted]"',
  );
});

test("a known secret with delimiters in it is masked as a whole after its name", () => {
  const secret = `planted&"key' <1>`;
  const shown = createRedact(secret)(`X-Key: ${secret} and /?x-key=${secret}`);
  expect(shown).toBe("X-Key: [redacted] and /?x-key=[redacted]");
});

test.each([
  ["JSON that escapes what it need not", String.raw`{"echo":"ab\u002Bcd\/ef=="}`],
  ["JSON that escapes letters", String.raw`\u0061b\u{2b}cd\x2fef\u003d=`],
  ["JSON in JSON", String.raw`{\"echo\":\"ab\\u002Bcd\\/ef==\"}`],
  ["HTML", "<p>ab&#43;cd&sol;ef&#x3D;&equals;</p>"],
  ["HTML that was escaped twice", "ab&amp;#43;cd/ef=&amp;#x3d;"],
  ["a URL that encodes half of it", "/?q=ab%2bcd/ef=%3D"],
  ["JSON in a URL", "/?q=ab%5Cu002Bcd%5C%2Fef%3D%3D"],
])("a known secret in %s is masked", (_, text) => {
  const shown = createRedact("ab+cd/ef==")(text);
  expect(shown).toContain("[redacted]");
  expect(shown).not.toMatch(/cd|ef/);
});

test.each([
  ["HTML", "<a href='/b.eml?sv=1&amp;sig=pla&#43;nted&#61;&amp;se=2'>", "&se=2"],
  ["JSON that escapes its name", String.raw`{"url":"/b.eml?s\u0069g=planted&se=2"}`, "&se=2"],
  ["HTML with names of characters", "/b.eml?sv=1&amp;sig&equals;planted", "sv=1"],
])("the signature of a link in %s is masked", (_, text, around) => {
  expect(redact(text)).not.toMatch(/planted|nted/);
  expect(redact(text)).toContain(around);
});

test("escapes that hide no secret are kept", () => {
  const text = String.raw`C:\new\u0041 %41 &amp; "\/plain"`;
  expect(createRedact("ab+cd/ef==")(text)).toBe(text);
});

test("parsed JSON is masked in its strings, names and numbers, and under sensitive names", () => {
  const came = {
    list: ["a 12345678", 12345678, 7, null, true],
    "12345678": {},
    SIG: ["x"],
    "x-key": 1,
  };
  expect(redactJson(createRedact("12345678"), came)).toEqual({
    list: ["a [redacted]", "[redacted]", 7, null, true],
    "[redacted]": {},
    SIG: "[redacted]",
    "x-key": "[redacted]",
  });
  expect(came.list[1]).toBe(12345678);
});

test("a short secret is kept within words, where it is there by chance, but masked as a whole word", () => {
  expect(createRedact("demo", "")("a demonstration")).toBe("a demonstration");
  expect(createRedact("demo", "")('{"key":"demo"}')).toBe('{"key":"[redacted]"}');
});

test("the shortest signature is masked, too", () => {
  expect(redact("/b.eml?sig=a&se=2")).toBe("/b.eml?sig=[redacted]&se=2");
});

test("headers are masked by their name, or else by their value, in a copy", () => {
  const headers = new Headers({
    "X-Key": "demo",
    Authorization: "planted",
    "Proxy-Authorization": "planted",
    Cookie: "planted",
    "Set-Cookie": "planted",
    Referer: link,
    Accept: "*/*",
  });
  expect(Object.fromEntries(redactHeaders(redact, headers))).toEqual({
    "x-key": "[redacted]",
    authorization: "[redacted]",
    "proxy-authorization": "[redacted]",
    cookie: "[redacted]",
    "set-cookie": "[redacted]",
    referer: redact(link),
    accept: "*/*",
  });
  expect(headers.get("x-key")).toBe("demo");
});

test.each(["\\u2013", "\\u000a", "&#8364;", "&#10;&#13;"])(
  "a header that would be invalid when decoded, with %s in it, is masked as a whole",
  (escape) => {
    const echo = `{"key":"ab\\u002Bcd\\/ef==","why":"${escape} no"}`;
    const shown = redactHeaders(createRedact("ab+cd/ef=="), [["x-echo", echo]]);
    expect(shown.get("x-echo")).toBe("[redacted]");
  },
);
