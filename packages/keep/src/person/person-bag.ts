import { createReadStream, existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { SqliteLedger } from "../ledger/sqlite-ledger.ts";
import { readStore } from "../open-store.ts";
import type { StoreOptions } from "../open-store.ts";
import { gapsTable } from "../report/tables.ts";
import { csvRow } from "../words/csv-row.ts";
import { KeepError, invalid } from "../words/keep-error.ts";
import type { Gap, KnownArchive } from "../words/rows.ts";
import type { BagMail } from "./bag-mail.ts";
import { createBag } from "./bag.ts";
import { indexPage } from "./index-page.ts";
import { statement } from "./statement.ts";
import { zipFolder } from "./zip-folder.ts";

/** File systems allow 255 bytes in a name. */
const MOST_LETTERS = 220;

/** What {@link personBag} takes. */
export interface PersonOptions extends StoreOptions {
  /** One person's target ids. */
  target: string | readonly string[];
  /** Where the bag is to be: a folder that is not there yet, or a file that ends in `.zip`. */
  out: string;
}

/** What is in a person's bag. */
export interface PersonReport {
  /** How many mails. */
  mails: number;
  /** How many that could not be had. */
  gaps: number;
}

/**
 * Writes one person's mails as a BagIt 1.0 bag (RFC 8493), whole or not at all.
 *
 * Rejects with KeepError when there is no store, the place is taken, nothing is known of the targets, or a kept mail
 * is not as the ledger has it.
 */
export async function personBag(options: PersonOptions): Promise<PersonReport> {
  const targets = typeof options.target === "string" ? [options.target] : options.target;
  if (targets.length === 0 || targets.some((target) => target.trim() === "")) {
    throw invalid("--target", "an id", targets[0] ?? "none");
  }
  const out = resolve(options.out);
  if (existsSync(out)) throw invalid("--out", "a path that is not there yet", options.out);
  const { root, ledger } = readStore(options);
  let part: string | undefined;
  try {
    const { mails, gaps } = contents(ledger, targets);
    await mkdir(dirname(out), { recursive: true });
    part = await mkdtemp(`${out}.part-`);
    await write(part, root, { targets, mails, gaps });
    if (out.toLowerCase().endsWith(".zip")) {
      await zipFolder(part, out);
    } else await rename(part, out);
    return { mails: mails.length, gaps: gaps.length };
  } finally {
    if (part !== undefined) await rm(part, { recursive: true, force: true });
    ledger.close();
  }
}

function contents(ledger: SqliteLedger, targets: readonly string[]) {
  const archives = targets.flatMap((target) => ledger.archivesOf(target));
  const gaps = targets.flatMap((target) => ledger.gapsOf(target));
  const items = targets.flatMap((target) => ledger.itemsOf(target));
  if (archives.length + items.length === 0) {
    throw new KeepError("--target: expected ids that the store knows, got ids that are in no row.");
  }
  const kept = archives.filter(({ state }) => state === "kept");
  const stranger = kept.find(({ target }) => !targets.includes(target));
  if (stranger) throw new KeepError(`Archive ${stranger.id} is another target's.`);
  const taken = new Set<string>();
  const mails = kept
    .toSorted((a, b) => Date.parse(a.sendingDate) - Date.parse(b.sendingDate))
    .map((archive): BagMail => Object.assign(archive, { name: bagName(archive, taken) }));
  return { mails, gaps };
}

/** Without a percent sign, which BagIt's manifests write in another way than `sha256sum` reads it. */
function bagName({ sendingDate, action, id }: KnownArchive, taken: Set<string>): string {
  const sent = new Date(sendingDate);
  const instant = Number.isNaN(sent.getTime())
    ? sendingDate
    : sent.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const whole = [instant, action, id]
    .map((part) => part.replaceAll(/[^A-Za-z0-9._-]/g, "_"))
    .join("_");
  const plain = whole.slice(0, MOST_LETTERS);
  let name = plain;
  for (let n = 2; taken.has(name.toLowerCase()); n += 1) name = `${plain}-${n}`;
  taken.add(name.toLowerCase());
  return `${name}.eml`;
}

interface Contents {
  targets: readonly string[];
  mails: readonly BagMail[];
  gaps: readonly Gap[];
}

async function write(folder: string, root: string, { targets, mails, gaps }: Contents) {
  const bag = createBag(folder);
  for (const mail of mails) {
    const path = join(root, mail.path ?? "");
    const sha256 = await bag
      .add(`data/mails/${mail.name}`, bytesOf(path))
      .catch((error: unknown) => {
        throw new KeepError(
          `Archive ${mail.id} can not be read from the store; \`verify\` tells more.`,
          {
            cause: error,
          },
        );
      });
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
  await bag.add("data/index.csv", text([csvRow(columns), ...rows]));
  await bag.add("data/gaps.csv", text([...gapsTable(gaps, true)]));
  await bag.add("data/index.html", indexPage(root, mails, targets));
  await bag.add("data/statement.txt", text(statement({ targets, mails, gaps })));
  await bag.close();
}

/** Opened when it is read, not before: an error has somebody who hears it then. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of createReadStream(path)) yield chunk as Uint8Array;
}

function* text(lines: readonly string[]): Generator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}
