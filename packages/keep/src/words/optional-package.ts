import { KeepError } from "./keep-error.ts";

/**
 * Loads a package that only some need.
 *
 * Rejects with KeepError when it is not installed.
 */
export async function optionalPackage<Module>(
  option: string,
  name: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") throw error;
    const message = `${option}: expected the package ${name} to be installed for it, got none. Install it beside np6-archives-keep, by npm install ${name} (with --global if that was).`;
    throw new KeepError(message, { cause: error });
  }
}
