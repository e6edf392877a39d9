/** Takes what must not be seen out of a text. */
export type Redact = (text: string) => string;

const MASK = "[redacted]";

/** Headers that are secret by their name. */
const SECRET_HEADER = /^(x-key|.*authorization|.*cookie)$/i;

/** The signature of a link, or a key sent as a parameter: in a URL, percent-encoded in another URL, or as JSON. */
const SECRET_VALUE =
  /((?:\b|[%\\]\w{2,9}?)(?:sig|x-key)(?:%(?:25)*3D|["'\s\\]*[:=]["'\s\\]*))(?:[^&\s"'<>\\]|\\[u/])+/gi;

/** The user and password of a URL. */
const USER = /(:\/\/)[^/?#\s"'<>]+@/g;

/** Text shorter than this is part of words by chance, so it is masked only where it stands alone. */
const SHORTEST_PART = 8;

/** Masks these secrets, also as URLs and JSON write them, and what is secret in any URL. */
export function createRedact(...secrets: (string | null | undefined)[]): Redact {
  const known = secrets
    .filter((secret): secret is string => !!secret)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .map((secret) => {
      const literal = secret.replaceAll(/\W/g, "\\$&");
      return new RegExp(secret.length < SHORTEST_PART ? `(?<!\\w)${literal}(?!\\w)` : literal, "g");
    });
  return (text) =>
    known.reduce(
      (masked, secret) => masked.replace(secret, MASK),
      text.replace(SECRET_VALUE, `$1${MASK}`).replace(USER, `$1${MASK}@`),
    );
}

/** The value of a header as it may be shown. */
export function redactHeader(redact: Redact, name: string, value: string): string {
  return SECRET_HEADER.test(name) ? MASK : redact(value);
}

/** A copy; what came stays as it is. */
export function redactHeaders(
  redact: Redact,
  headers: Iterable<readonly [string, string]>,
): Headers {
  const masked = new Headers();
  for (const [name, value] of headers) masked.append(name, redactHeader(redact, name, value));
  return masked;
}
