import { NoFileError, UnreadableError } from "../store/store.ts";
import type { Store, Stored } from "../store/store.ts";
import { KeepError } from "../words/keep-error.ts";
import { systemCode } from "../words/store-failures.ts";

/** Something that is not as it was written. */
export interface Finding {
  /** The file, from the store on. */
  path: string;
  /** What is wrong with it, a sentence. */
  problem: string;
}

/** What became of holding some files and rows against others. */
export interface Held {
  findings: Finding[];
  /** What could not be checked: there was nothing to compare it with. */
  unchecked: string[];
}

export const GONE = "It is gone.";

/** The problem with a file, which may be that it cannot be read. What is wrong with the whole store is thrown. */
export async function orWhyNot(
  judge: () => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof NoFileError) return "It is no file.";
    if (error instanceof UnreadableError) return `It cannot be read: ${error.why}.`;
    const code = systemCode(error);
    if (error instanceof KeepError || !SYSTEM_CODE.test(code)) throw error;
    return `It cannot be read: ${code}.`;
  }
}

/** As the operating system has them, also where nobody has a name for it; SQLite's and Node's own have an underscore. */
const SYSTEM_CODE = /^(?:E[A-Z0-9]+|Unknown system error -\d+)$/;

export async function absence(files: Store, path: string): Promise<string | undefined> {
  return (await files.has(path)) ? undefined : GONE;
}

export function differenceOf(found: Stored | undefined, sha256: string | null): string | undefined {
  if (found === undefined) return GONE;
  return found.sha256 === sha256 ? undefined : `Expected SHA-256 ${sha256}, got ${found.sha256}.`;
}
