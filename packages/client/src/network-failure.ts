/** What the runtimes' own fetch says when no answer came: Node, Chromium, Firefox, Safari, Deno, Bun and workerd. */
const MESSAGES =
  /^(fetch failed|failed to fetch|load failed|networkerror|network (error|connection|request)|error sending request|client error|connection |unable to connect|the socket connection)/i;

/** The codes of sockets and name look-ups, of Node's fetch and of Bun's. */
const CODES =
  /^(E(CONN|NOTFOUND|AI_|PIPE|TIMEDOUT|NET|HOST|ADDR)|UND_ERR_(SOCKET|CONNECT|HEADERS|BODY|RES|CLOSED|DESTROYED)|Connection|FailedToOpenSocket)/;

/** A certificate that is not trusted, a port or scheme that is not allowed: the next attempt would end the same. */
const LASTING = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO|bad port|unknown scheme/i;

/**
 * What an error that a `fetch` threw says about trying again: it may pass, it will last, or, undefined, it is no
 * network failure at all but a mistake in the caller's own code.
 */
export function networkFailure(thrown: unknown): "passing" | "lasting" | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const cause: unknown = thrown.cause;
  const codes = `${code(thrown)} ${code(cause)} ${cause instanceof Error ? cause.message : ""}`;
  if (!MESSAGES.test(thrown.message) && !CODES.test(code(thrown)) && !CODES.test(code(cause))) {
    return undefined;
  }
  return LASTING.test(codes) ? "lasting" : "passing";
}

function code(error: unknown): string {
  const value = (error as { code?: unknown } | undefined)?.code;
  return typeof value === "string" ? value : "";
}
