/** A URL, or its path and query, fit to be shown: the signature of a link and the user part are taken out. */
export function redactUrl(url: string): string {
  return (
    url
      .replace(/([?&;]sig=)[^&#;\s]*/gi, "$1REDACTED")
      // A link may stand inside another URL, percent-encoded once or more.
      .replace(/(sig%(?:25)*3D)[^&#;\s]*/gi, "$1REDACTED")
      .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#@]*@/i, "$1REDACTED@")
  );
}

/** Text that a server wrote, fit to be shown: without the key, without signatures, on one line. */
export function redactText(text: string, apiKey: string): string {
  // A short key, such as the k of a test, is also part of words.
  const key = apiKey.replaceAll(/\W/g, "\\$&");
  const pattern = new RegExp(apiKey.length < 8 ? `(?<!\\w)${key}(?!\\w)` : key, "g");
  return redactUrl(text.replace(pattern, "REDACTED")).replaceAll(/\p{Cc}/gu, "?");
}
