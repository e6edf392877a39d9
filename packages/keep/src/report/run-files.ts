import type { Ledger } from "../ledger/ledger.ts";
import type { Store } from "../store/store.ts";
import type { Outcome } from "../words/events.ts";
import { hasGaps } from "../words/states.ts";
import type { Balance } from "../words/states.ts";
import { archivesTable, gapsTable, manifest } from "./tables.ts";
import { VERSION } from "./version.ts";

/** What a run file says beside the balance and the hashes. */
export interface RunFacts {
  number: number;
  command: "run" | "retry" | "erase";
  /** Without secrets. */
  options: Record<string, unknown>;
  startedAt: string;
  outcome: Outcome;
}

export const RUNS = "runs";
export const ARCHIVES_FILE = "archives.csv";
export const GAPS_FILE = "gaps.csv";
export const MANIFEST_FILE = "manifest-sha256.txt";
export const RECONCILIATION_FILE = "reconciliation.csv";
/** The files that are rewritten, and may be left unfinished. */
export const TABLES = [ARCHIVES_FILE, GAPS_FILE, MANIFEST_FILE, RECONCILIATION_FILE];

/** The path of a run's own file. */
export function runFile(number: number): string {
  return `${RUNS}/${String(number).padStart(4, "0")}.json`;
}

/** The highest number of a run's file, which a new ledger does not know; 0 where there is none. */
export async function lastRunFile(files: Store): Promise<number> {
  let last = 0;
  for await (const path of files.list(RUNS)) {
    last = Math.max(last, Number(/^runs\/(\d{4,9})\.json$/.exec(path)?.[1] ?? 0));
  }
  return last;
}

/** Writes what a run leaves in the store: tables, manifest and its own file, each whole or not at all. */
export async function closeRun(files: Store, ledger: Ledger, run: RunFacts): Promise<Balance> {
  const archives = await files.write(ARCHIVES_FILE, archivesTable(ledger.archives()));
  const gaps = await files.write(GAPS_FILE, gapsTable(ledger.gaps()));
  const balance = await ledger.balance();
  if (!hasGaps(balance)) await files.remove(GAPS_FILE);
  const manifestHash = await files.write(MANIFEST_FILE, manifest(ledger));
  // Slow, so it comes before the run file: after a kill during it, that would be of no run that the ledger knows.
  const rows = await ledger.fingerprint();
  const before = (await ledger.runs()).findLast(({ sha256 }) => sha256 !== null);
  const { number, command, options, startedAt, outcome } = run;
  const text = JSON.stringify(
    {
      run: number,
      command,
      options,
      versions: { keep: VERSION, node: process.versions.node },
      startedAt,
      endedAt: new Date().toISOString(),
      outcome,
      ...balance,
      manifestSha256: manifestHash,
      runBefore: before ? { run: before.number, sha256: before.sha256 } : null,
    },
    null,
    2,
  );
  const sha256 = await files.write(runFile(number), [text]);
  const record = { number, sha256, manifest: manifestHash, archives, gaps, rows };
  await ledger.endRun(record, outcome);
  return balance;
}
