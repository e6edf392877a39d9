import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { packageFile } from "../package-files.ts";
import { heavyMail } from "./heavy-mail.ts";
import type { Mail } from "./mail.ts";

/** The mock's own mails, one quirk each, in file-name order; last the one that is too big to be a file. */
export async function bundledMails(): Promise<Mail[]> {
  const folder = packageFile("mails");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".eml")).toSorted();
  const mails = names.map((name) => ({ name, read: () => readFile(join(folder, name)) }));
  return [...mails, heavyMail()];
}

/**
 * The mails of a user's folder, in file-name order. `warn` gets one line for each file that is no mail.
 *
 * Rejects with an Error of one line when the folder can not be read or holds no mail.
 */
export async function ownMails(folder: string, warn: (line: string) => void): Promise<Mail[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new Error(`The mail folder ${folder} can not be read (${codeOf(error)}).`, {
      cause: error,
    });
  });
  const names = entries
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map(({ name }) => name);
  const mails: Mail[] = [];
  for (const name of names.toSorted()) {
    const path = join(folder, name);
    const fault = await whyNoMail(path).catch(
      (error: unknown) => `can not be read (${codeOf(error)})`,
    );
    if (fault === undefined) mails.push({ name, read: () => readFile(path) });
    else warn(`${path} ${fault}, so it is left out.`);
  }
  if (mails.length === 0) throw new Error(`The mail folder ${folder} holds no mail.`);
  return mails;
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** How far a mail's header section is read. */
const HEAD_BYTES = 65_536;

/** Header fields that a mail has at least one of. Any text file may begin like a header field. */
const MAIL_FIELD =
  /^(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to|sender):/im;

/** What keeps a file from being a mail: it begins with no header section (RFC 5322, section 2.2), or one of something else. */
async function whyNoMail(path: string): Promise<string | undefined> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const [head = ""] = buffer.toString("latin1", 0, bytesRead).split(/\r?\n\r?\n/, 1);
    const lines = head.split(/\r?\n/);
    // The last line may have been cut, or be the end of a mail without a body.
    if (bytesRead === HEAD_BYTES) lines.pop();
    else if (lines.at(-1) === "") lines.pop();
    const fields = lines.every((line) => /^[!-9;-~]+[ \t]*:/.test(line) || /^[ \t]/.test(line));
    return fields && MAIL_FIELD.test(head)
      ? undefined
      : "is no mail (it begins with no mail headers)";
  } finally {
    await file.close();
  }
}
