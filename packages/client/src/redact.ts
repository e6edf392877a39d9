/** Takes what must not be seen out of a text. */
export type Redact = (text: string) => string;

const MASK = "[redacted]";

/** Headers that are secret by their name. */
const SECRET_HEADER = /^(x-key|.*authorization|.*cookie)$/i;

/** The signature of a SAS link, in a URL, in a URL within a URL, or as JSON. */
const SIGNATURE = /(\bsig(=|%3D|["'\s]*[:=][\s"']*))[^&\s"'<>\\]{4,}/gi;

/** Text as short as this stands in too many places by chance; its header is masked by name all the same. */
const SHORTEST_SECRET = 8;

/** Masks these secrets, also as URLs and JSON write them, and any link's signature. */
export function createRedact(...secrets: (string | null | undefined)[]): Redact {
  const known = secrets
    .filter((secret): secret is string => !!secret && secret.length >= SHORTEST_SECRET)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]);
  return (text) =>
    known.reduce(
      (masked, secret) => masked.replaceAll(secret, MASK),
      text.replace(SIGNATURE, `$1${MASK}`),
    );
}

/** A copy; what came stays as it is. */
export function redactHeaders(
  redact: Redact,
  headers: Iterable<readonly [string, string]>,
): Headers {
  const masked = new Headers();
  for (const [name, value] of headers) {
    masked.append(name, SECRET_HEADER.test(name) ? MASK : redact(value));
  }
  return masked;
}

/** What a runtime threw, or the little of it that may be seen: some put the whole URL into their messages. */
export function redactCause(redact: Redact, thrown: unknown): unknown {
  const { message, stack, cause } = Object(thrown) as Partial<Error>;
  const seen = [message, stack, (Object(cause) as Error).stack].join("\n");
  return redact(seen) === seen ? thrown : new Error(redact(String(message)));
}
