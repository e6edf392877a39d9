import { extname } from "node:path";

/** The address of a file beside this one: it ends in .ts in the sources and in .js once built. */
export function neighbour(name: string): URL {
  // Of `new URL(..., import.meta.url)` some tools make an address of their own: vitest one of a page's server.
  const here = import.meta.url;
  return new URL(`${name}${extname(new URL(here).pathname)}`, here);
}
