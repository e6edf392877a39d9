import { fileURLToPath } from "node:url";

/** The path of a file or folder that comes with the package, such as `mails/`, from `src/` and from `dist/` alike. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}
