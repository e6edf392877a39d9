/**
 * A base path without a slash at its end; empty for none.
 *
 * @throws TypeError when it is no path.
 */
export function readBasePath(basePath = ""): string {
  if (basePath !== "" && !/^\/[^?#\s]*$/.test(basePath)) {
    throw new TypeError(
      `basePath: expected a path that begins with a slash, got ${JSON.stringify(basePath)}.`,
    );
  }
  return basePath.replace(/\/+$/, "");
}

/** What is left of a path below the base path; undefined where it is not below it. */
export function belowBasePath(path: string, basePath: string): string | undefined {
  return path.startsWith(`${basePath}/`) ? path.slice(basePath.length) : undefined;
}
