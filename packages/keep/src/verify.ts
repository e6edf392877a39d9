import { createHash } from "node:crypto";
import type { Ledger } from "./ledger/ledger.ts";
import { takeStore } from "./open-store.ts";
import type { StoreOptions } from "./open-store.ts";
import {
  ARCHIVES_FILE,
  GAPS_FILE,
  MANIFEST_FILE,
  RECONCILIATION_FILE,
  RUNS,
  runFile,
} from "./report/run-files.ts";
import { archivesTable, gapsTable, manifest } from "./report/tables.ts";
import type { Store } from "./store/store.ts";
import { partOf } from "./store/whole-file.ts";
import { invalid } from "./words/keep-error.ts";

/** What {@link verify} takes. */
export interface VerifyOptions extends StoreOptions {
  /** The share of the mails whose bytes are read, above 0 and up to 1. Default 1: all. */
  sample?: number | undefined;
}

/** Something that is not as it was written. */
export interface Finding {
  /** The file, from the store on. */
  path: string;
  /** What is wrong with it, a sentence. */
  problem: string;
}

/** What a verification found. */
export interface VerifyReport {
  /** Empty when all is well. */
  findings: Finding[];
  /** How many mails are kept. */
  mails: number;
  /** How many of them were read. */
  read: number;
  /** The share that was asked for, any number above 0 and up to 1. */
  sample: number;
  /** Whether the last run was ended by force: then its tables are those of the run before. */
  killed: boolean;
}

/**
 * Holds every file of a store against the ledger, and every row against a file. Gaps alone are no finding.
 *
 * Rejects with KeepError when there is no store or a run is going on.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { sample = 1 } = options;
  if (!(sample > 0 && sample <= 1)) throw invalid("--sample", "above 0 and up to 1", sample);
  const { ledger, files, databases, release } = await takeStore(options, { make: false });
  try {
    const { findings, mails, read } = await mailFindings(ledger, files, sample);
    const killed = (await ledger.runs()).at(-1)?.sha256 === null;
    findings.push(
      ...(await strayFindings(ledger, files)),
      ...(await rootFindings(files, databases)),
    );
    findings.push(...(await runFindings(files, ledger)));
    findings.push(...(await tableFindings(files, ledger, killed)));
    return { findings, mails, read, sample, killed };
  } finally {
    await release();
  }
}

async function mailFindings(ledger: Ledger, files: Store, sample: number) {
  const findings: Finding[] = [];
  let mails = 0;
  let read = 0;
  for await (const { state, path, bytes, sha256 } of ledger.archives()) {
    if (state !== "kept") continue;
    if (path === null) {
      findings.push({ path: ledger.name, problem: "A kept archive has no path." });
      continue;
    }
    mails += 1;
    const isRead = sample === 1 || Math.random() < sample;
    if (isRead) read += 1;
    const found = isRead ? await files.look(path) : (await files.has(path)) && { bytes, sha256 };
    if (!found) findings.push({ path, problem: "It is gone." });
    else if (found.sha256 !== sha256) {
      findings.push({ path, problem: `Expected SHA-256 ${sha256}, got ${found.sha256}.` });
    } else if (found.bytes !== bytes) {
      findings.push({ path, problem: `Expected ${bytes} bytes, got ${found.bytes}.` });
    }
  }
  return { findings, mails, read };
}

async function strayFindings(ledger: Ledger, files: Store): Promise<Finding[]> {
  const findings: Finding[] = [];
  for await (const path of files.list("mails")) {
    if (!(await ledger.hasPath(path)))
      findings.push({ path, problem: "No row of the ledger has it." });
  }
  return findings;
}

const OTHERS = [RUNS, ARCHIVES_FILE, GAPS_FILE, MANIFEST_FILE, RECONCILIATION_FILE];

/** What lies beside the mails and is none of the store's files. */
async function rootFindings(files: Store, databases: readonly string[]): Promise<Finding[]> {
  const isOwn = (name: string) =>
    name === "mails" ||
    OTHERS.some((own) => name === own || name === partOf(own)) ||
    databases.some((own) => name === own || name.startsWith(`${own}-`));
  const names = await files.names();
  return names
    .filter((name) => !isOwn(name))
    .map((path) => ({ path, problem: "It is no file of a store." }));
}

/** Each run file is as it was written, and none is missing or too many. */
async function runFindings(files: Store, ledger: Ledger): Promise<Finding[]> {
  const findings: Finding[] = [];
  const known = new Set<string>();
  for (const { number, sha256 } of await ledger.runs()) {
    const path = runFile(number);
    known.add(path);
    const problem = sha256 === null ? undefined : await fileProblem(files, path, sha256);
    if (problem) findings.push({ path, problem });
  }
  for await (const path of files.list(RUNS)) {
    if (!known.has(path)) findings.push({ path, problem: "No row of the ledger has it." });
  }
  return findings;
}

/** The tables are as the last run wrote them, and unless one was killed since, as the ledger would have them now. */
async function tableFindings(files: Store, ledger: Ledger, killed: boolean): Promise<Finding[]> {
  const last = (await ledger.runs()).findLast(({ sha256 }) => sha256 !== null);
  if (!last) return [];
  const findings: Finding[] = [];
  if (!killed && (await ledger.fingerprint()) !== last.rows) {
    findings.push({
      path: ledger.name,
      problem: "Its rows are not as the last run left them.",
    });
  }
  const tables = [
    [ARCHIVES_FILE, last.archives, () => archivesTable(ledger.archives())],
    [MANIFEST_FILE, last.manifest, () => manifest(ledger)],
    [GAPS_FILE, last.gaps, () => gapsTable(ledger.gaps())],
  ] as const;
  for (const [path, sha256, lines] of tables) {
    const now = killed ? sha256 : await hashOf(lines());
    // Without a gap there is no file.
    const isNone = path === GAPS_FILE && sha256 === EMPTY;
    const problem = isNone
      ? (await files.has(path)) && "Expected no such file, got one."
      : await fileProblem(files, path, sha256 ?? "");
    if (problem) findings.push({ path, problem });
    if (now !== sha256) {
      findings.push({ path: ledger.name, problem: `Its rows are not those of ${path}.` });
    }
  }
  return findings;
}

const EMPTY = createHash("sha256").digest("hex");

async function hashOf(lines: AsyncIterable<string>): Promise<string> {
  const hash = createHash("sha256");
  for await (const line of lines) hash.update(`${line}\n`);
  return hash.digest("hex");
}

async function fileProblem(
  files: Store,
  path: string,
  sha256: string,
): Promise<string | undefined> {
  const found = await files.look(path);
  if (found === undefined) return "It is gone.";
  return found.sha256 === sha256 ? undefined : `Expected SHA-256 ${sha256}, got ${found.sha256}.`;
}
