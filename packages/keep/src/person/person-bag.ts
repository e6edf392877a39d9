import { existsSync, renameSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { csvRow } from "../csv/csv-row.ts";
import { readStore } from "../open-store.ts";
import { gapsTable } from "../report/tables.ts";
import { isInStore } from "../store-places.ts";
import type { StoreOptions } from "../store-places.ts";
import { bytesOfLines } from "../store/store.ts";
import type { Store } from "../store/store.ts";
import { KeepError, invalid } from "../words/keep-error.ts";
import { expectOptions, ownSignal } from "../words/option-values.ts";
import { unwritable } from "../words/store-failures.ts";
import { targetsOf } from "../words/targets.ts";
import { contentsOf } from "./bag-contents.ts";
import type { BagContents, BagMail } from "./bag-contents.ts";
import { createBag } from "./bag.ts";
import { indexPage } from "./index-page.ts";
import { inPartFolder } from "./part-folder.ts";
import { statement } from "./statement.ts";
import { zipFolder, zipTop } from "./zip-folder.ts";

const IS_ZIP = /\.zip$/i;
/**
 * What must not be the name of the folder in a zip: it would be the zip's root, one above that, another folder or a
 * drive.
 */
const NO_TOP = /^\.{0,2}$|\\|^[a-z]:/i;

/** What {@link personBag} takes. */
export interface PersonOptions extends StoreOptions {
  /** One person's target ids. */
  target: string | readonly string[];
  /** Where the bag is to be, outside the store: a folder that is not there yet, or a file that ends in `.zip`. */
  out: string;
  /** Ends the work, and leaves nothing of it. Default: none. */
  signal?: AbortSignal | undefined;
}

/** What is in a person's bag. */
export interface PersonReport {
  /** How many mails. */
  mails: number;
  /** How many gaps there are: archives that are not kept, and items that were not listed. */
  gaps: number;
  /** The targets under which there is neither a mail nor a gap. */
  without: string[];
}

/**
 * Writes one person's mails as a BagIt 1.0 bag (RFC 8493), whole or not at all.
 *
 * Rejects with KeepError when there is no store, the place is taken, nothing is known of the targets, or a kept mail
 * is not as the ledger has it; with UnwritableError when the bag cannot be written; with the signal's reason when that
 * comes.
 */
export async function personBag(options: PersonOptions): Promise<PersonReport> {
  expectOptions(options);
  const signal = ownSignal(options.signal);
  const targets = targetsOf(options.target);
  if (typeof options.out !== "string") throw invalid("--out", "a path", options.out);
  const out = resolve(options.out);
  const isZip = IS_ZIP.test(out);
  if (isZip && NO_TOP.test(zipTop(out)))
    throw invalid("--out", "a name before .zip that a folder can have", options.out);
  const expectFree = () => {
    if (existsSync(out)) throw invalid("--out", "a path that is not there yet", options.out);
  };
  expectFree();
  // Inside the store it would not be one of its own files, and would outlast an erasure.
  if (isInStore(out, options)) throw invalid("--out", "a path outside the store", options.out);
  const { ledger, files, close } = await readStore(options);
  try {
    const contents = await contentsOf(ledger, targets);
    await inPartFolder(out, async (part) => {
      const bag = join(part, "bag");
      await mkdir(bag, { mode: 0o700 });
      await write(bag, files, contents, signal);
      const whole = isZip ? join(part, basename(out)) : bag;
      if (isZip) await zipFolder(bag, whole, signal);
      // Another process may have been quicker.
      expectFree();
      renameSync(whole, out);
    }).catch((error: unknown) => {
      if (NO_FOLDER.has((error as NodeJS.ErrnoException).code ?? ""))
        throw invalid("--out", "a path in a folder, or in one that can be made", options.out);
      throw unwritable(error, false, "bag") ?? error;
    });
    const { mails, gaps, without } = contents;
    return { mails: mails.length, gaps: gaps.length, without: without.map(({ target }) => target) };
  } finally {
    await close();
  }
}

const NO_FOLDER = new Set(["EEXIST", "ELOOP", "ENAMETOOLONG", "ENOENT", "ENOTDIR"]);

async function write(folder: string, files: Store, contents: BagContents, signal: AbortSignal) {
  const { targets, mails, gaps } = contents;
  const bag = createBag(folder, signal);
  for (const mail of mails) {
    const sha256 = await bag.add(`data/mails/${mail.name}`, stored(mail, files));
    if (sha256 !== mail.sha256) {
      throw new KeepError(`Archive ${mail.id} is not as it was stored; \`verify\` tells more.`);
    }
  }
  const columns = [
    "file",
    "id",
    "action",
    "target",
    "sendingDate",
    "bytes",
    "sha256",
    "keptAt",
  ] as const;
  const rows = mails.map((mail) =>
    csvRow(columns.map((name) => (name === "file" ? `mails/${mail.name}` : mail[name]))),
  );
  await bag.add("data/index.csv", bytesOfLines([csvRow(columns), ...rows]));
  await bag.add("data/gaps.csv", bytesOfLines(gapsTable(gaps, true)));
  await bag.add(
    "data/index.html",
    indexPage((mail) => stored(mail, files), mails, targets),
  );
  await bag.add("data/statement.txt", bytesOfLines(statement(contents)));
  await bag.close();
}

/** A mail's bytes. A failure to read them is reported as such, not as one of the bag. */
async function* stored({ id, path }: BagMail, files: Store): AsyncGenerator<Uint8Array> {
  try {
    yield* files.read(path ?? "");
  } catch (error) {
    throw new KeepError(`Archive ${id} cannot be read from the store; \`verify\` tells more.`, {
      cause: error,
    });
  }
}
