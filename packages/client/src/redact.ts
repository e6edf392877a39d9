const MASK = "[redacted]";

/** Headers that are secret by their name. */
const SECRET_HEADERS = /^(x-key|authorization|proxy-authorization|cookie|set-cookie)$/i;

/** The signature of a SAS link, in a URL, in a URL within a URL, or as JSON. */
const SIGNATURE = /(\bsig(?:=|%3D|["']?\s*[:=]\s*["']?))[^&\s"'<>\\]{4,}/gi;

/** Text as short as this stands in too many places by chance; its header is masked by name all the same. */
const SHORTEST_SECRET = 8;

/** Masks what must not be seen, wherever it turns up: known secrets in the forms they travel in, and any link's signature. */
export class Redactor {
  readonly #secrets: string[] = [];

  constructor(...secrets: (string | null | undefined)[]) {
    for (const secret of secrets) {
      if (!secret || secret.length < SHORTEST_SECRET) continue;
      this.#secrets.push(secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1));
    }
  }

  text(text: string): string {
    let masked = text.replace(SIGNATURE, `$1${MASK}`);
    for (const secret of this.#secrets) masked = masked.replaceAll(secret, MASK);
    return masked;
  }

  /** A copy; the headers that came stay as they are. */
  headers(headers: Headers | Record<string, string>): Headers {
    const masked = new Headers();
    for (const [name, value] of headers instanceof Headers ? headers : Object.entries(headers)) {
      masked.append(name, SECRET_HEADERS.test(name) ? MASK : this.text(value));
    }
    return masked;
  }

  /** What a runtime threw, or a copy without secrets: some runtimes put the whole URL into their messages. */
  cause(thrown: unknown, depth = 0): unknown {
    if (!(thrown instanceof Error)) return typeof thrown === "string" ? this.text(thrown) : thrown;
    const cause =
      depth < 8 && thrown.cause !== undefined ? this.cause(thrown.cause, depth + 1) : undefined;
    const message = this.text(thrown.message);
    const stack = this.text(thrown.stack ?? "");
    if (cause === thrown.cause && message === thrown.message && stack === (thrown.stack ?? "")) {
      return thrown;
    }
    const copy = new Error(message, { cause });
    copy.name = thrown.name;
    copy.stack = stack;
    if ("code" in thrown) Object.assign(copy, { code: thrown.code });
    return copy;
  }
}
