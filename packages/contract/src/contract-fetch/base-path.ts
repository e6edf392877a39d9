/** A base path without a slash at its end; empty for none. */
export function readBasePath(basePath = ""): string {
  return basePath.replace(/\/+$/, "");
}

/** The part of a path below the base path; undefined where it is not below it. */
export function belowBasePath(path: string, basePath: string): string | undefined {
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
}
