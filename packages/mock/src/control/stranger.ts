import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Answer } from "../server/answer.ts";
import { problem } from "../server/answer.ts";
import { shown } from "../server/checked-object.ts";

/** How a mock is reached. */
export interface Reached {
  /** Whether only this machine can reach it. */
  loopback: boolean;
  /** Where it listens, and its public URLs. */
  urls: readonly string[];
}

/**
 * Why a request may not use the mock's own endpoints; undefined where it may. They need no key, so without this check
 * any web page could change the mock through the user's browser, or point a domain of its own at this machine and read
 * what is here (DNS rebinding).
 */
export function strangerRefusal(
  { method, headers }: IncomingMessage,
  { loopback, urls }: Reached,
): Answer | undefined {
  const names = urls.flatMap((url) => parsed(url) ?? []);
  const { host, origin } = headers;
  const asked = parsed(`http://${host}`);
  // Browsers always send a Host.
  if (loopback && host && !isOwnName(asked?.hostname, names)) {
    return problem(
      403,
      "Foreign name",
      `Host: expected an IP address, localhost or the name of a public URL, got ${shown(host)}. Start the mock with --public-url (publicUrl) if it has this name.`,
    );
  }
  if (origin === undefined || method === "GET" || method === "HEAD") return undefined;
  const hosts = new Set([...(asked ? [asked] : []), ...names].map((one) => one.host));
  const page = parsed(origin)?.host;
  if (page !== undefined && hosts.has(page)) return undefined;
  return problem(
    403,
    "Foreign page",
    `Origin: expected none, or that of a page at ${[...hosts].join(" or ")}, got ${shown(origin)}. Pages of other origins may not change the mock.`,
  );
}

function isOwnName(hostname: string | undefined, names: readonly URL[]): boolean {
  // A DNS name may end in a dot.
  const name = hostname?.replace(/\.$/, "");
  return (
    name !== undefined &&
    (/^(?:.+\.)?localhost$/.test(name) ||
      isIP(name.replace(/^\[|\]$/g, "")) !== 0 ||
      names.some((own) => own.hostname === name))
  );
}

function parsed(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
