import type { IncomingHttpHeaders } from "node:http";

const secretHeaders = new Set(["x-key", "authorization", "cookie", "proxy-authorization"]);
const secretParameters = new Set(["sig", "x-key"]);

/** What stands where a secret was. */
const redacted = "[redacted]";

/** Headers as they may be kept and shown. */
export function redactedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const safe: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    safe[name] = secretHeaders.has(name) ? redacted : redactedUrl(String(value));
  }
  return safe;
}

/** A path with its query, or a whole url, as it may be kept and shown. */
export function redactedUrl(url: string): string {
  const at = url.indexOf("?");
  if (at < 0) return withoutSignatures(url);
  const query = url
    .slice(at + 1)
    .split("&")
    .map((pair) => {
      const [name = ""] = pair.split("=", 1);
      return secretParameters.has(decoded(name).toLowerCase()) ? `${name}=${redacted}` : pair;
    });
  return withoutSignatures(`${url.slice(0, at)}?${query.join("&")}`);
}

/** A link may stand inside another url, percent-encoded once or more. */
function withoutSignatures(text: string): string {
  return text.replace(/(sig%(?:25)*3D)[^&\s"']*/gi, `$1${redacted}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
