/** A URL, or its path and query, fit to be shown: the signature of a link and the user part are taken out. */
export function redactUrl(url: string): string {
  return url
    .replace(/([?&;]sig=)[^&#;\s]*/gi, "$1REDACTED")
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, "$1REDACTED@");
}
