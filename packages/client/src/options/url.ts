/** The URL of a text, or undefined when it is not a valid one. */
export function parsedUrl(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}
