import { ConnectionError } from "../errors/errors.ts";
import { parsedUrl } from "../options/url.ts";
import { dropBody } from "./body.ts";
import { factsOf } from "./received-answer.ts";
import type { Answer } from "./received-answer.ts";

const MOST_HOPS = 5;

/**
 * Where an answer from `url` redirects to, or undefined when it is no redirect. Hop 0 is the first request.
 *
 * A redirect to another origin is refused, as the request's headers would go there. So is any redirect of a signed link
 * (`request.stream`): it is opened where it points or not at all.
 *
 * @throws ConnectionError that names the origins without secrets, but no path.
 */
export function redirectTarget(answer: Answer, url: string, hop: number): string | undefined {
  const { request, received } = answer;
  const location = locationOf(received);
  if (location === undefined) return undefined;

  const { origin } = new URL(url);
  const target = parsedUrl(location, url);
  // The caller's own fetch may follow redirects itself, whatever `init` says.
  if (received.redirected && target?.origin === origin) return undefined;
  void dropBody(received);
  // A blob: URL has the origin of the URL within it, but no host.
  if (target?.origin !== origin || !target.host || request.stream || hop === MOST_HOPS) {
    const to = target?.origin ?? "an address that cannot be seen";
    throw new ConnectionError(
      request.redact(`Redirect number ${hop + 1}, from ${origin} to ${to}, was refused`),
      factsOf(answer),
    );
  }
  return origin + target.pathname + target.search;
}

/** Where an answer redirects to. Where browsers hide it, a text that does not parse as a URL. */
function locationOf(response: Response): string | undefined {
  if (response.type === "opaqueredirect") return "http:";
  if (response.redirected) return response.url;
  const leads = [301, 302, 303, 307, 308].includes(response.status);
  return leads ? (response.headers.get("location") ?? undefined) : undefined;
}
