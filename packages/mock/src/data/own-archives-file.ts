import { readRegularFile } from "../regular-file.ts";
import { utf8Text } from "../server/utf8-text.ts";
import type { OwnArchives } from "./own-archive.ts";
import { checkedArchives } from "./own-archive.ts";

/**
 * The archives of a JSON or YAML file.
 *
 * Rejects with an Error of one line when it cannot be read, is neither, or holds something that is no archive.
 */
export async function readArchivesFile(path: string): Promise<OwnArchives> {
  const bytes = await readRegularFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`The archives ${path} cannot be read (${error.code}).`, { cause: error });
  });
  try {
    // Few have such a file, and JSON is YAML.
    const { parse } = await import("yaml");
    return checkedArchives(parse(utf8Text(bytes), { prettyErrors: true, merge: true }));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const [reason = ""] =
      code === "MULTIPLE_DOCS"
        ? ["expected one YAML document, got several."]
        : message.split("\n", 1);
    throw new Error(`The archives ${path} are not valid: ${reason.replace(/:$/, ".")}`, {
      cause: error,
    });
  }
}
