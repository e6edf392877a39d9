import { isIP } from "node:net";
import type { MiddlewareHandler } from "hono";

/**
 * Answers only under an IP address, `localhost` or an allowed name. There is no login, so without this any web page
 * could point a domain of its own at this machine and read mails through the user's browser (DNS rebinding).
 */
export function allowedHosts(names: readonly string[]): MiddlewareHandler {
  const allowed = new Set(["localhost", ...names.map((name) => withoutDot(name.toLowerCase()))]);
  return async (c, next) => {
    const hostname = withoutDot(new URL(c.req.url).hostname);
    if (
      allowed.has(hostname) ||
      hostname.endsWith(".localhost") ||
      isIP(hostname.replace(/^\[|\]$/g, "")) !== 0
    ) {
      return next();
    }
    return c.text(
      `This viewer does not answer to the name ${hostname}. Start it with ALLOWED_HOSTS=${hostname} if it should.\n`,
      421,
    );
  };
}

/** A name that ends in a dot is the same one, written in full. */
export function withoutDot(name: string): string {
  return name.replace(/\.$/, "");
}
