import { isUtf8 } from "node:buffer";
import { open, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readRegularFile } from "../files/regular-file.ts";
import { packageFile } from "../package-files.ts";
import { heavyMail } from "./heavy-mail.ts";
import type { Mail } from "./mail.ts";

/** The mock's own mails, one quirk each, in file-name order; the last is the one that is too big for a file. */
export async function bundledMails(): Promise<Mail[]> {
  const folder = packageFile("mails");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".eml")).toSorted();
  const mails = names.map((name) => ({ name, read: () => readFile(join(folder, name)) }));
  return [...mails, heavyMail()];
}

/**
 * The mails of a user's folder, in file-name order, each served byte for byte. `warn` gets one line for each file that is
 * no mail, and for each mail that does not begin as it should.
 *
 * Rejects with an Error of one line when the folder cannot be read or holds no mail.
 */
export async function ownMails(folder: string, warn: (line: string) => void): Promise<Mail[]> {
  // As bytes: not every file name is UTF-8.
  const entries = await readdir(folder, { withFileTypes: true, encoding: "buffer" }).catch(
    (error: unknown) => {
      throw new Error(`The mail folder ${folder} cannot be read (${codeOf(error)}).`, {
        cause: error,
      });
    },
  );
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const mails: Mail[] = [];
  for (const bytes of names.toSorted((one, other) => one.compare(other))) {
    const path = Buffer.concat([Buffer.from(join(folder, "/")), bytes]);
    const name = nameOf(bytes);
    const shown = join(folder, name);
    const fault = await whyNoMail(path, (oddity) =>
      warn(`${shown} ${oddity}; it is served as it is.`),
    ).catch((error: unknown) => `cannot be read (${codeOf(error)})`);
    if (fault === undefined) {
      mails.push({
        name,
        nameBytes: bytes.toString("latin1"),
        read: () => readRegularFile(path),
      });
    } else warn(`${shown} ${fault}, so it is left out.`);
  }
  if (mails.length === 0) throw new Error(`The mail folder ${folder} holds no mail.`);
  return mails;
}

/** A file name as text: most are UTF-8, old ones Latin-1. */
function nameOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString() : bytes.toString("latin1");
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** How much of a mail is read to check its header section. */
const HEAD_BYTES = 65_536;

/** A mail has at least one of these header fields. Any text file may begin with something like a header field. */
const MAIL_FIELD =
  /^(?:from|to|subject|date|received|return-path|message-id|mime-version|delivered-to|sender)[ \t]*:/im;

/** A field, or the continuation of one (RFC 5322, section 2.2). */
const HEADER_LINE = /^(?:[!-9;-~]+[ \t]*:|[ \t])/;

/**
 * Why a file is no mail: it does not begin with the header section of one. What programs that store mails put before
 * it, or a broken line among its fields, only goes to `odd`.
 */
async function whyNoMail(path: Buffer, odd: (oddity: string) => void): Promise<string | undefined> {
  // Only a regular file: opening a pipe waits for a writer.
  if (!(await stat(path)).isFile()) return "is no regular file";
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const text = buffer.toString("latin1", 0, bytesRead);
    const marked = text.startsWith(BYTE_ORDER_MARK);
    const unmarked = marked ? text.slice(BYTE_ORDER_MARK.length) : text;
    const boxed = /^>?From (?!:)/.test(unmarked);
    const unboxed = boxed ? unmarked.replace(/^.*\r?\n/, "") : unmarked;
    const [head = ""] = unboxed.split(/\r?\n\r?\n/, 1);
    const lines = head.split(/\r?\n/);
    // The last line may be cut off, or be the end of a mail without a body.
    if (bytesRead === HEAD_BYTES || lines.at(-1) === "") lines.pop();
    const broken = lines.filter((line) => !HEADER_LINE.test(line)).length;
    if (!MAIL_FIELD.test(head) || broken > lines.length - broken) {
      return "is no mail (it begins with no mail headers)";
    }
    if (marked) odd("begins with a byte order mark");
    if (boxed) odd("begins with the line of an mbox");
    if (broken > 0) odd(`has lines among its headers that are no headers (${broken})`);
    return undefined;
  } finally {
    await file.close();
  }
}

/** UTF-8's mark, read as Latin-1. */
const BYTE_ORDER_MARK = "\u00EF\u00BB\u00BF";
