import { realpath, stat } from "node:fs/promises";
import { basename, resolve, sep } from "node:path";
import { readRegularFile } from "../files/regular-file.ts";
import type { Mail } from "./mail.ts";
import type { OwnArchive, OwnMail } from "./own-archive.ts";

/** An archive of the user's own with its mail ready to be read; undefined where the mock picks one. */
export interface ReadyArchive extends OwnArchive {
  content: Mail | undefined;
}

/** The user's archives, and whether the seeded ones are there as well. */
export interface ReadyArchives {
  archives: readonly ReadyArchive[];
  seeded: boolean;
}

/**
 * Finds or writes the mails of a user's archives. Relative paths are resolved against `folder`. If `within` is given,
 * files have to lie below one of these folders.
 *
 * Rejects with an Error of one line when a file is not there or lies elsewhere; it says whose it is.
 */
export async function withMails(
  archives: readonly OwnArchive[],
  folder: string,
  within?: readonly string[],
): Promise<ReadyArchive[]> {
  return Promise.all(
    archives.map(async (archive, index) => {
      const { mail } = archive;
      if (mail === undefined) return { ...archive, content: undefined };
      if (!("file" in mail)) {
        const name = `own-${index + 1}.eml`;
        const bytes = written(mail);
        return { ...archive, content: { name, read: () => Promise.resolve(bytes) } };
      }
      const path = resolve(folder, mail.file);
      // Checked first, so that not even the existence of other files is revealed.
      if (within !== undefined && !(await liesBelow(within, path))) {
        throw new Error(
          `archives[${index}].mail.file: expected a file below the working folder, or that of --mails or --archives, as other machines reach this mock, got ${JSON.stringify(mail.file)}.`,
        );
      }
      const reason = await stat(path).then(
        (found) => (found.isFile() ? undefined : "it is no file"),
        (error: NodeJS.ErrnoException) => error.code,
      );
      if (reason !== undefined) {
        throw new Error(
          `archives[${index}].mail.file: expected the path of a file, got ${JSON.stringify(mail.file)} (${reason}).`,
        );
      }
      return { ...archive, content: { name: basename(path), read: () => readRegularFile(path) } };
    }),
  );
}

/** Whether a file is below one of some folders, links resolved. The root does not count: all files are below it. */
async function liesBelow(folders: readonly string[], path: string): Promise<boolean> {
  const [file = "", ...real] = await Promise.all(
    [path, ...folders].map((one) => realpath(one).catch(() => resolve(one))),
  );
  return real.some((folder) => file.startsWith(`${folder}${sep}`));
}

/** No line of a mail may be longer (RFC 5322, section 2.1.1). */
const LONGEST_LINE = 998;

/** A mail with a text or HTML as its body. It is left readable, unless a line is too long for that. */
function written(content: Exclude<OwnMail, { file: string }>): Buffer {
  const [type, words] = "text" in content ? ["plain", content.text] : ["html", content.html];
  const lines = words.split(/\r\n|\r|\n/);
  const long = lines.some((line) => Buffer.byteLength(line) > LONGEST_LINE);
  const body = `${lines.join("\r\n")}\r\n`;
  const encoded = Buffer.from(body).toString("base64").replace(/.{76}/g, "$&\r\n");
  const head = [
    "From: A sender <sender@example.com>",
    "To: Ada Reader <ada@example.com>",
    "Subject: A mail of your own",
    "Date: Mon, 02 Feb 2026 09:00:00 +0100",
    "MIME-Version: 1.0",
    `Content-Type: text/${type}; charset=utf-8`,
    `Content-Transfer-Encoding: ${long ? "base64" : "8bit"}`,
  ];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${long ? `${encoded}\r\n` : body}`);
}
