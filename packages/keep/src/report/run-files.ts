import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SqliteLedger } from "../ledger/sqlite-ledger.ts";
import type { Balance } from "../words/states.ts";
import { archivesTable, gapsTable, manifest } from "./tables.ts";
import { VERSION } from "./version.ts";
import { isPart, partOf, writeWhole } from "./whole-file.ts";

/** What a run file says beside the balance and the hashes. */
export interface RunFacts {
  number: number;
  command: string;
  /** Without secrets. */
  options: Record<string, unknown>;
  startedAt: string;
  outcome: string;
}

export const RUNS = "runs";
export const ARCHIVES_FILE = "archives.csv";
export const GAPS_FILE = "gaps.csv";
export const MANIFEST_FILE = "manifest-sha256.txt";
export const RECONCILIATION_FILE = "reconciliation.csv";

/** Where a run's own file is. */
export function runFile(number: number): string {
  return `${RUNS}/${String(number).padStart(4, "0")}.json`;
}

/** Removes what a killed run left half. */
export async function removeParts(root: string): Promise<void> {
  const runs = existsSync(join(root, RUNS)) ? await readdir(join(root, RUNS)) : [];
  const files = [ARCHIVES_FILE, GAPS_FILE, MANIFEST_FILE].map(partOf);
  const parts = [...files, ...runs.filter(isPart).map((name) => `${RUNS}/${name}`)];
  for (const path of parts) await rm(join(root, path), { force: true });
}

/** Writes what a run leaves in the store: tables, manifest and its own file, each whole or not at all. */
export async function closeRun(
  root: string,
  ledger: SqliteLedger,
  run: RunFacts,
): Promise<Balance> {
  const archives = await writeWhole(join(root, ARCHIVES_FILE), archivesTable(ledger.archives()));
  const gapsPath = join(root, GAPS_FILE);
  const gaps = await writeWhole(gapsPath, gapsTable(ledger.gaps()));
  const balance = ledger.balance();
  if (!hasGaps(balance)) await rm(gapsPath);
  const manifestHash = await writeWhole(join(root, MANIFEST_FILE), manifest(ledger));
  const before = ledger.runs().findLast(({ sha256 }) => sha256 !== null);
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
  const sha256 = await writeWhole(join(root, runFile(number)), [text]);
  const rows = ledger.fingerprint();
  ledger.endRun({ number, sha256, manifest: manifestHash, archives, gaps, rows });
  return balance;
}

/** Whether anything is not kept that was to be. What was erased is no gap. */
export function hasGaps({ worklist, archives }: Balance): boolean {
  return worklist.total > worklist.listed || archives.total > archives.kept + archives.erased;
}
