import { NoFileError, UnreadableError } from "../store/store.ts";
import type { Store, Stored } from "../store/store.ts";
import { KeepError } from "../words/keep-error.ts";
import { systemCode } from "../words/store-failures.ts";

/** A file or row that is not as it should be. */
export interface Finding {
  /** The file's path in the store. */
  path: string;
  /** What is wrong with it, a sentence. */
  problem: string;
}

/** The result of comparing some files and rows with others. */
export interface Comparison {
  findings: Finding[];
  /** What could not be checked: there was nothing to compare it with. */
  unchecked: string[];
}

export const GONE = "It is gone.";

/** The problem with a file, such as that it cannot be read. A failure of the whole store is thrown. */
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

/** The codes of the operating system, also those without a name; those of SQLite and Node have an underscore. */
const SYSTEM_CODE = /^(?:E[A-Z0-9]+|Unknown system error -\d+)$/;

export async function absence(files: Store, path: string): Promise<string | undefined> {
  return (await files.has(path)) ? undefined : GONE;
}

export function differenceOf(found: Stored | undefined, sha256: string | null): string | undefined {
  if (found === undefined) return GONE;
  return found.sha256 === sha256 ? undefined : `Expected SHA-256 ${sha256}, got ${found.sha256}.`;
}
