import type { Ledger, RunRecord } from "./ledger/ledger.ts";
import { takeStore } from "./open-store.ts";
import { forgetEvents } from "./reconcile/forget-events.ts";
import { closeRun, runFile } from "./report/run-files.ts";
import type { StoreOptions } from "./store-places.ts";
import { textOf } from "./store/store.ts";
import type { Store } from "./store/store.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import { expectOptions } from "./words/option-values.ts";
import type { KnownArchive } from "./words/rows.ts";
import { hasGaps } from "./words/states.ts";
import type { Balance } from "./words/states.ts";
import { damaged, unwritable } from "./words/store-failures.ts";
import { namesId, targetsOf } from "./words/targets.ts";

/** What {@link erase} takes. */
export interface EraseOptions extends StoreOptions {
  /** One person's target ids. */
  target: string | readonly string[];
  /** Why. It is written down as the proof, so it should name nobody. */
  reason: string;
}

const ERASE = "erase";

/** What an erasure did. */
export interface EraseReport {
  /** How many archives became tombstones. */
  archives: number;
  /** The targets under which the store had no archive. */
  without: string[];
  /** The balance afterwards. */
  balance: Balance;
}

/**
 * Removes a person's mails and everything that names the target, or that asked for one of its mails by stamp. Of each
 * archive only its id, the instant, the reason and the SHA-256 stay; no later run brings it back.
 *
 * Rejects with KeepError when there is no store, a run is going on, the last one was killed, a mail has no row yet, or
 * the reason is blank or names the target; with UnwritableError when the store cannot be written: the same call goes on
 * where it stopped.
 */
export async function erase(options: EraseOptions): Promise<EraseReport> {
  expectOptions(options);
  const { reason } = options;
  const targets = targetsOf(options.target);
  if (typeof reason !== "string" || reason.trim() === "")
    throw invalid("--reason", "a text that is not blank", reason);
  if (targets.some((target) => namesId(reason, target))) {
    throw invalid("--reason", "a text without the target's id, which is to go", "one with it");
  }
  const { ledger, files, release } = await takeStore(options, { make: false });
  try {
    const last = (await ledger.runs()).at(-1);
    await expectOwners(ledger, files, last);
    const number = (last?.number ?? 0) + 1;
    await expectNoRunFile(files, number);
    const startedAt = new Date().toISOString();
    const theirs = new Map<string, KnownArchive[]>();
    const stamps = new Set<string>();
    for (const target of targets) {
      theirs.set(target, await ledger.archivesOf(target));
      for (const stamp of await ledger.stampsOf(target)) stamps.add(stamp);
    }
    const without = targets.filter((target) => theirs.get(target)?.length === 0);
    const rows = [...theirs.values()].flat();
    const archives = rows.length;
    const ids = new Set(rows.map(({ id }) => id));
    await forgetEvents(files, targets, ids, stamps);
    // Files are removed before their rows: if it stops in the middle, the same command finds them again.
    for (const { path } of rows) {
      // Rejects for a symbolic link: removing it would leave the mail that it leads to.
      if (path !== null && (await files.has(path))) await files.remove(path);
    }
    await ledger.erase(targets, reason, startedAt);
    const balance = await ledger.balance();
    await closeRun(files, ledger, {
      // The ledger learns of this run only once it is done: if killed before, the same command goes on, and `verify`
      // reports it.
      number,
      command: ERASE,
      options: { reason, archives },
      startedAt,
      outcome: hasGaps(balance) ? "gaps" : "complete",
    });
    await ledger.compact();
    // Once more, as a reconciliation may have been writing meanwhile.
    await files.sweep();
    await forgetEvents(files, targets, ids, stamps);
    return { archives, without, balance };
  } catch (error) {
    throw unwritable(error, true) ?? damaged(error) ?? error;
  } finally {
    await release();
  }
}

/** Rejects with KeepError where a mail may be stored that no row assigns to a target. */
async function expectOwners(ledger: Ledger, files: Store, last?: RunRecord): Promise<void> {
  if (last?.sha256 === null) {
    throw new KeepError("The last run was killed: run it to its end first, then erase.");
  }
  // An earlier run may have left some too, and so may one that met a full disk.
  for await (const path of files.list("mails")) {
    if (await ledger.hasPath(path)) continue;
    throw new KeepError(
      `${path}: expected a row that tells whose mail it is, got none. Let \`run\` and \`retry\` come to their end first, then erase; what \`verify\` names after that is no mail of this store.`,
    );
  }
}

/**
 * Only an erasure that broke off may have left the file. Any other is of a run that the ledger, an older copy, does not
 * know.
 */
async function expectNoRunFile(files: Store, number: number): Promise<void> {
  const path = runFile(number);
  if (!(await files.has(path))) return;
  if ((await textOf(files.read(path))).includes(`"command": "${ERASE}"`)) return;
  throw new KeepError(
    `${path}: expected no run after the ledger's last, got one: the ledger is older than the store. Run to the end first, then erase.`,
  );
}
