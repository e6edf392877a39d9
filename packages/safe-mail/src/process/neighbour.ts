import { extname } from "node:path";

/** The address of a file beside this one: it ends in .ts in the sources and in .js once built. */
export function neighbour(name: string): URL {
  // Through a variable, as some tools rewrite `new URL(..., import.meta.url)`: vitest to a URL of its web server.
  const here = import.meta.url;
  return new URL(`${name}${extname(new URL(here).pathname)}`, here);
}
