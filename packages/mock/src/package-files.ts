import { fileURLToPath } from "node:url";

/** The path of a file or folder that comes with the package, such as `mails/`; works from `src/` and from `dist/`. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
