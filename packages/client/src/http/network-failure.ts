/** What the runtimes' own fetch says when no answer came: Node, Chromium, Firefox, Safari, Deno, Bun and workerd. */
const MESSAGE =
  /^(fetch failed|failed to fetch|load failed|network( ?error| connection lost| request failed)|error sending|client error|connection |unable to connect|the socket|\w+ fetching ")/i;

/** The codes of sockets and name look-ups, of Node's HTTP parser, of its fetch and of Bun's. */
const CODE = /HPE_|CONN|NOTFOUND|EAI_|PIPE|TIMEDOUT|UNREACH|UND_ERR_[SHBRCD]|Socket/;

/** A certificate that is not trusted, or a port without TLS: the next attempt would end the same. */
const NO_TLS = /CERT|EPROTO|TLS|ERR_SSL|INVALID_CA|UNABLE_TO/;

/** A header that Node's fetch does not send. */
const NOT_SENT = /UND_ERR_(INV|NOT)/;

/**
 * Whether a retry may help after what a `fetch` threw: the failure may pass, it will last, or, if undefined, it is no
 * network failure but a mistake in the caller's own code.
 */
export function networkFailure(thrown: unknown): "passing" | "lasting" | undefined {
  const { message, code, cause } = Object(thrown) as { [key: string]: unknown };
  const { code: inner, message: why } = Object(cause) as { [key: string]: unknown };
  const codes = `${String(code)} ${String(inner)}`;
  if (NO_TLS.test(codes)) return "lasting";
  if (!MESSAGE.test(String(message)) && !CODE.test(codes)) return undefined;
  // Fetch refuses some ports; that error has no code.
  return why === "bad port" || NOT_SENT.test(codes) ? "lasting" : "passing";
}
