import { dirname, resolve } from "node:path";
import { fileSignature } from "../files/file-signatures.ts";
import { readRegularFile } from "../files/regular-file.ts";
import { utf8Text } from "../files/utf8-text.ts";
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
    return checkedArchives(await parsed(utf8Text(bytes)));
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

/**
 * JSON is YAML, too, but its own parser takes a hundredth of the time. For a text that is neither, the error is that of
 * the YAML parser, which names the line.
 */
async function parsed(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {
    const { parse } = await import("yaml");
    return parse(text, { prettyErrors: true, merge: true });
  }
}

/** A text that changes when an archives file does, or a mail that it names, including mails that are not there yet. */
export function archivesSignature(path: string): () => Promise<string> {
  let mails: string[] = [];
  let known: string | undefined;
  return async () => {
    const own = await fileSignature(path);
    if (own !== known) {
      known = own;
      // A broken file names no mails; those that it named before still count.
      mails = await mailFiles(path).catch(() => mails);
    }
    return [own, ...(await Promise.all(mails.map(fileSignature)))].join("\n");
  };
}

async function mailFiles(path: string): Promise<string[]> {
  const { archives } = await readArchivesFile(path);
  const named = archives.flatMap(({ mail }) =>
    mail !== undefined && "file" in mail ? [resolve(dirname(path), mail.file)] : [],
  );
  return [...new Set(named)];
}
