/** Masks the secrets in a text. */
export type Redact = (text: string) => string;

const MASK = "[redacted]";

/** Headers and properties that are secret by their name. */
const SECRET_NAME = /^(x-key|sig|.*authorization|.*cookie)$/i;

/** The signature of a link, or a key sent as a parameter: in a URL, percent-encoded in another URL, or as JSON. */
const SECRET_VALUE =
  /((?:\b|[%\\]\w{2,9}?)(?:sig|x-key)(?:%(?:25)*3D|["'\s\\]*[:=]["'\s\\]*))(?:[^&\s"'<>\\]|\\[u/])+/gi;

/** The user and password of a URL. */
const USER = /(:\/\/)[^/?#\s"'<>]+@/g;

/** A shorter secret may be part of a word by chance, so it is masked only where it stands alone. */
const SHORTEST_PART = 8;

/** Masks these secrets, also as URLs, JSON and HTML write them, and what is secret in any URL. */
export function createRedact(...secrets: (string | null | undefined)[]): Redact {
  const known = secrets
    .filter((secret): secret is string => !!secret)
    .flatMap((secret) => [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
    .map((secret) => {
      const literal = secret.replaceAll(/\W/g, "\\$&");
      return new RegExp(secret.length < SHORTEST_PART ? `(?<!\\w)${literal}(?!\\w)` : literal, "g");
    });
  // Known secrets first: the patterns stop at a quote or blank, and would mask only a part of a secret with one in it.
  const mask = (text: string) =>
    known
      .reduce((masked, secret) => masked.replace(secret, MASK), text)
      .replace(SECRET_VALUE, `$1${MASK}`)
      .replace(USER, `$1${MASK}@`);
  return (text) => {
    let shown = mask(text);
    let plain = shown;
    for (let depth = 0; depth < DEEPEST; depth++) {
      const decoded = unescaped(plain);
      if (decoded === plain) break;
      plain = mask(decoded);
      // A text is shown decoded only if that revealed a secret, which is masked then; otherwise as it was written.
      if (plain !== decoded) shown = plain;
    }
    return shown;
  };
}

/** The same for a value as JSON gives it: a copy, its texts and the names of its properties without secrets. */
export function redactJson(redact: Redact, value: unknown): unknown {
  if (typeof value === "string") return redact(value);
  if (typeof value === "number") return redact(`${value}`) === `${value}` ? value : MASK;
  if (Array.isArray(value)) return value.map((item) => redactJson(redact, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      redact(name),
      SECRET_NAME.test(name) ? MASK : redactJson(redact, item),
    ]),
  );
}

/** How often a text may have been escaped: JSON in JSON in a URL. */
const DEEPEST = 4;

const ESCAPE =
  /\\u([\da-f]{4}|\{[\da-f]{1,6}\})|\\x([\da-f]{2})|&#x([\da-f]{1,6});?|%([2-7][\da-f])|&#(\d{1,7});?|&(\w{2,6});|\\([\\/"'])/gi;

const ENTITIES: Record<string, string> = {
  amp: "&",
  apos: "'",
  equals: "=",
  gt: ">",
  lt: "<",
  plus: "+",
  quot: '"',
  sol: "/",
};

/** The text with one layer of the escapes of JSON, URLs and HTML undone. */
function unescaped(text: string): string {
  if (!/[\\&%]/.test(text)) return text;
  return text.replace(ESCAPE, (escape, unit, byte, hex, percent, decimal, entity, char) => {
    const digits: string | undefined = unit?.replace("{", "") ?? byte ?? hex ?? percent;
    const code = digits === undefined ? Number(decimal) : Number.parseInt(digits, 16);
    if (code <= 0x10ffff) return String.fromCodePoint(code);
    return char ?? ENTITIES[String(entity).toLowerCase()] ?? escape;
  });
}

/** The value of a header as it may be shown. */
export function redactHeader(redact: Redact, name: string, value: string): string {
  return SECRET_NAME.test(name) ? MASK : redact(value);
}

/** A copy without secrets; the original stays as it is. */
export function redactHeaders(
  redact: Redact,
  headers: Iterable<readonly [string, string]>,
): Headers {
  const masked = new Headers();
  // The headers of a test double often cannot be iterated, only read by name: then none are shown.
  for (const [name, value] of Array.from(headers)) {
    try {
      masked.append(name, redactHeader(redact, name, value));
    } catch {
      // A value in which a secret was found is decoded, and may then be no valid header value.
      masked.append(name, MASK);
    }
  }
  return masked;
}
