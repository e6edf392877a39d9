import { dropBody } from "./error-body.ts";
import { ConnectionError } from "./errors.ts";
import type { Fetch } from "./options.ts";

const MOST_HOPS = 5;

/**
 * Sends a request and follows redirects within its origin, so that its headers never reach another one.
 *
 * With `follow` false no redirect is followed: a signed link is opened where it points or not at all.
 *
 * @throws ConnectionError that names the origins, but no path: a path may hold a secret.
 */
export async function fetchWithinOrigin(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  follow: boolean,
): Promise<Response> {
  for (let current = url, hops = 1; ; hops++) {
    const response = await fetch(current, init);
    const location = redirect(response);
    if (location === undefined) return response;

    const { origin } = new URL(url);
    const target = URL.canParse(location, current) ? new URL(location, current) : undefined;
    // A fetch of the caller's own may follow by itself, whatever it was asked.
    if (response.redirected && target?.origin === origin) return response;
    dropBody(response);
    if (target?.origin !== origin || !follow || hops > MOST_HOPS) {
      const to = target?.origin ?? "an address that can not be seen";
      throw new ConnectionError(`Redirect number ${hops}, from ${origin} to ${to}, was refused.`);
    }
    current = origin + target.pathname + target.search;
  }
}

/** Where an answer leads to, unreadable where browsers hide it, or undefined when it leads nowhere. */
function redirect(response: Response): string | undefined {
  if (response.type === "opaqueredirect") return "http:";
  if (response.redirected) return response.url;
  const leads = [301, 302, 303, 307, 308].includes(response.status);
  return leads ? (response.headers.get("location") ?? undefined) : undefined;
}
