import { dropBody } from "./answer.ts";
import { ConnectionError } from "./errors.ts";
import type { Fetch } from "./options.ts";

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_HOPS = 5;

/**
 * Sends a request and follows redirects within its origin, so that its headers never reach another one.
 *
 * With `follow` false no redirect is followed: a signed link is opened where it points or not at all.
 *
 * @throws ConnectionError that names both origins, but no path: a path may hold a secret.
 */
export async function fetchWithinOrigin(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  follow: boolean,
): Promise<Response> {
  const { origin } = new URL(url);
  let current = url;
  for (let hops = 0; ; hops++) {
    const response = await fetch(current, { ...init, redirect: "manual" });
    // Browsers hide where a redirect goes.
    if (response.type === "opaqueredirect") throw refusal(origin, "a place that the browser hides");
    if (response.redirected && originOf(response.url, origin) !== origin) {
      dropBody(response);
      throw refusal(
        origin,
        `${originOf(response.url, origin)}, which the given fetch followed by itself`,
      );
    }
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (location === null) return response;

    dropBody(response);
    const target = originOf(location, current);
    if (target !== origin || !follow) throw refusal(origin, target);
    if (hops === MOST_HOPS) throw refusal(origin, `${target} more than ${MOST_HOPS} times`);
    const { pathname, search } = new URL(location, current);
    current = origin + pathname + search;
  }
}

function originOf(location: string, base: string): string {
  return URL.canParse(location, base) ? new URL(location, base).origin : "no valid URL";
}

function refusal(from: string, to: string): ConnectionError {
  return new ConnectionError(`A redirect from ${from} to ${to} was refused.`);
}
