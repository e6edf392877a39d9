/** A URL, or its path and query, fit to be shown: the signature of a link and the user part are taken out. */
export function redactUrl(url: string): string {
  return url
    .replace(/([?&;]sig=)[^&#;\s]*/gi, "$1REDACTED")
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, "$1REDACTED@");
}

/** Text that a server wrote, fit to be shown: without the key, without signatures, on one line. */
export function redactText(text: string, apiKey: string): string {
  return redactUrl(text.replaceAll(apiKey, "REDACTED")).replaceAll(/\p{Cc}/gu, "?");
}
