import { extname } from "node:path";

/** The address of a file beside this one: it ends in .ts in the sources and in .js once built. */
export function neighbour(name: string): URL {
  const { pathname } = new URL(import.meta.url);
  return new URL(`${name}${extname(pathname)}`, import.meta.url);
}
