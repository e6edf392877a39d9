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
  let current = url;
  for (let hops = 0; ; hops++) {
    const response = await fetch(current, init);
    const target = redirectTarget(response, current);
    if (target === undefined) return response;

    dropBody(response);
    const { origin } = new URL(url);
    if (typeof target === "string") throw refusal(origin, target);
    if (target.origin !== origin || !follow) throw refusal(origin, target.origin);
    if (hops === MOST_HOPS) throw refusal(origin, `${origin} more than ${MOST_HOPS} times`);
    current = origin + target.pathname + target.search;
  }
}

/** Where an answer leads to, or what there is to say of it, or undefined when it leads nowhere. */
function redirectTarget(response: Response, base: string): URL | string | undefined {
  // Browsers hide where a redirect goes.
  if (response.type === "opaqueredirect") return "a place that the browser hides";
  // A fetch of the caller's own may follow by itself, whatever it was asked.
  if (response.redirected && new URL(response.url).origin !== new URL(base).origin) {
    return `${new URL(response.url).origin}, which the given fetch followed,`;
  }
  if (!REDIRECTS.has(response.status)) return undefined;
  const location = response.headers.get("location");
  if (location === null) return undefined;
  return URL.canParse(location, base) ? new URL(location, base) : "what is no URL";
}

function refusal(from: string, to: string): ConnectionError {
  return new ConnectionError(`A redirect from ${from} to ${to} was refused.`);
}
