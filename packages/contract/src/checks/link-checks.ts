import { createHash } from "node:crypto";
import { epochMilliseconds } from "../survey/epoch-milliseconds.ts";
import { isOurLimit } from "../survey/exchange.ts";
import type { Exchange } from "../survey/exchange.ts";
import type { OpenedLink, Survey } from "../survey/survey.ts";
import { lookingAt, seenIn } from "./check.ts";
import type { Check, Finding } from "./check.ts";
import { lists, ofEach, property } from "./listed-archives.ts";

const FIVE_MINUTES = 300_000;
/** The characters of a URL (RFC 3986, section 2). With any other, a client need not read it as one. */
const AS_WRITTEN = /^[!-[\]-~]+$/;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** The link of an archive: what it looks like, and what it opens. */
export const LINK_CHECKS: Check[] = lookingAt(
  ({ links }) => links.map(({ exchange }) => exchange),
  [
    {
      id: "link-present",
      holds: "An archive has a link.",
      look: (survey) =>
        ofEach(lists(survey), (archive, at) =>
          hasLink(archive) ? [] : [{ where: `${at}/url`, expected: "a link", received: "a blank" }],
        ),
    },
    {
      id: "link-form",
      holds: "A link is https and a shared access signature of Azure, with its se and its sig.",
      source: property("url"),
      look: (survey) =>
        ofEachLink(survey, (url, _archive, at) => {
          const link = URL.canParse(url) ? new URL(url) : undefined;
          const where = `${at}/url`;
          if (link === undefined || !AS_WRITTEN.test(url)) {
            return [{ where, expected: "an absolute URL", received: "something else" }];
          }
          if (link.protocol !== "https:" && !isPairOfMock(link, new URL(survey.baseUrl))) {
            const received = `${link.protocol}//${link.host}`;
            return [{ where, expected: "https", received }];
          }
          const absent = ["se", "sig"].filter((name) => !link.searchParams.get(name));
          if (absent.length === 0) return [];
          return [{ where, expected: "a signed link", received: `no ${absent.join(" and no ")}` }];
        }),
    },
    {
      id: "link-expiry",
      holds: "The end that a link names itself, its se, is its expiresOn, within five minutes.",
      source: property("expiresOn"),
      look: (survey) =>
        ofEachLink(survey, (url, { expiresOn }, at) => {
          const se = URL.canParse(url) ? new URL(url).searchParams.get("se") : null;
          if (se === null) return [];
          if (Math.abs(epochMilliseconds(se) - epochMilliseconds(expiresOn)) <= FIVE_MINUTES)
            return [];
          return [{ where: `${at}/url`, expected: `se near ${expiresOn}`, received: `se=${se}` }];
        }),
    },
    {
      id: "link-opens",
      holds: "A link that has not expired opens with a plain GET, without the key.",
      source: property("url"),
      look: ({ links }) =>
        ofEachOpened(links, ({ archive, exchange }) => {
          const { failure, status } = exchange;
          const received = failure?.reason ?? String(status);
          if (received === "200") return [];
          const finding: Finding = { where: `GET ${archive.url}`, expected: "200", received };
          // Nothing says how often a link may be opened.
          if (status === 429) return [{ ...finding, provenance: "assumed" }];
          // Nothing says how fast a link has to be.
          return isOurLimit(failure)
            ? [{ ...finding, provenance: "assumed", as: "violation" }]
            : [finding];
        }),
    },
    {
      id: "link-mail",
      holds: "A link opens a mail: the header section of RFC 5322, with From and Date.",
      source: property("url"),
      look: ({ links }) =>
        ofEachOpened(
          links.filter(({ exchange }) => exchange.status === 200 && exchange.failure === undefined),
          ({ archive, exchange }) => {
            const received = whyNoMail(exchange);
            if (received === undefined) return [];
            return [{ where: `GET ${archive.url}`, expected: "a mail", received }];
          },
        ),
    },
  ],
);

function ofEachLink(
  survey: Survey,
  look: (url: string, archive: OpenedLink["archive"], at: string) => Finding[],
): Finding[] | undefined {
  const linking = lists(survey).filter(({ archives }) => archives.some(hasLink));
  return ofEach(linking, (archive, at) => (hasLink(archive) ? look(archive.url, archive, at) : []));
}

function hasLink({ url }: OpenedLink["archive"]): boolean {
  return url.trim() !== "";
}

function ofEachOpened(
  links: OpenedLink[],
  look: (link: OpenedLink) => Finding[],
): Finding[] | undefined {
  return links.length === 0
    ? undefined
    : links.flatMap((link) => seenIn(link.exchange, look(link)));
}

/** A mock has no certificate: its API and its links are both plain http, on the same host or on this machine. */
function isPairOfMock(link: URL, base: URL): boolean {
  const isPlain = link.protocol === "http:" && base.protocol === "http:";
  const isOneHost = link.hostname === base.hostname;
  return isPlain && (isOneHost || [link, base].every(({ hostname }) => LOOPBACK.test(hostname)));
}

/** Why the bytes are no mail; undefined when they are one. */
function whyNoMail({ body: bytes, headers, isWhole }: Exchange): string | undefined {
  if (bytes.length === 0) return "nothing";
  // An encoded body is decoded here, but its digest is that of the encoded bytes.
  const isEncoded = !/^(identity)?$/i.test(headers.get("content-encoding") ?? "");
  const md5 = isWhole && !isEncoded ? headers.get("content-md5") : null;
  if (md5 !== null && md5 !== createHash("md5").update(bytes).digest("base64")) {
    return "bytes that do not match their Content-MD5";
  }
  const [head] = Buffer.from(bytes)
    .toString("latin1")
    .split(/\r?\n(?:\r?\n|$)/, 1);
  const lines = head!.split(/\r?\n/).filter((line, index) => index === 0 || !/^[ \t]/.test(line));
  const names = new Set(lines.map((line) => /^([!-9;-~]+)[ \t]*:/.exec(line)?.[1]?.toLowerCase()));
  if (names.has(undefined)) return "no header section";
  const absent = ["from", "date"].filter((name) => !names.has(name));
  return absent.length === 0 ? undefined : `no ${absent.join(" and no ")} header`;
}
