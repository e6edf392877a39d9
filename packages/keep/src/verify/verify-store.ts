import type { Ledger, RunRecord, Soon } from "../ledger/ledger.ts";
import { readStore, takeStore } from "../open-store.ts";
import { STORE_ID_FILE } from "../report/bound-store.ts";
import { RUNS, runFile } from "../report/run-files.ts";
import { OWN_FILES, OWN_FOLDERS, placesOf } from "../store-places.ts";
import type { StoreOptions } from "../store-places.ts";
import { mailPath } from "../store/mail-name.ts";
import { NoFileError, textOf } from "../store/store.ts";
import type { Store } from "../store/store.ts";
import { invalid } from "../words/keep-error.ts";
import { expectOptions } from "../words/option-values.ts";
import { UnwritableError, damaged, isRefusedWrite } from "../words/store-failures.ts";
import { absence, differenceOf, orWhyNot } from "./finding.ts";
import type { Finding, Comparison } from "./finding.ts";
import { tableFindings } from "./table-findings.ts";

/** What {@link verify} takes. */
export interface VerifyOptions extends StoreOptions {
  /** The share of the mails whose bytes are read, above 0 and up to 1. Default 1: all. */
  sample?: number | undefined;
}

/** What a verification found. */
export interface VerifyReport {
  /** Empty when all is well. */
  findings: Finding[];
  /** How many mails are kept. */
  mails: number;
  /** How many of them were read, to their end. */
  read: number;
  /** The share that was asked for, any number above 0 and up to 1. */
  sample: number;
  /** Whether the last run was ended by force: then the tables may be its own or older ones. */
  killed: boolean;
  /** What could not be checked, because a killed run left nothing to compare it with. Empty when no run was killed. */
  unchecked: string[];
}

/**
 * Compares every file of a store with the ledger, and every row with a file. Gaps alone are no finding.
 *
 * A store that can only be read is verified as it is. Rejects with KeepError when there is no store or a run is going
 * on.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  expectOptions(options);
  const { sample = 1 } = options;
  if (!(sample > 0 && sample <= 1)) throw invalid("--sample", "above 0 and up to 1", sample);
  const { ledger, files, release } = await takeToVerify(options);
  try {
    const { mails, read, ...ofMails } = await mailFindings(ledger, files, sample);
    const killed = (await ledger.runs()).at(-1)?.sha256 === null;
    const strays = await strayFindings(files, "mails", (path) => ledger.hasPath(path));
    const beside = await rootFindings(files, ledger, placesOf(options).within);
    const comparisons = [await runFindings(files, ledger), await tableFindings(files, ledger)];
    const ofRuns = comparisons.flatMap((each) => each.findings);
    const findings = [ofMails.findings, strays, beside, ofRuns].flat();
    const unchecked = comparisons.flatMap((each) => each.unchecked);
    return { findings, mails, read, sample, killed, unchecked };
  } catch (error) {
    throw damaged(error) ?? error;
  } finally {
    await release();
  }
}

/** A store that may only be read is read without taking it, as nobody can take it. */
async function takeToVerify(options: StoreOptions) {
  try {
    return await takeStore(options, { make: false });
  } catch (error) {
    if (!(error instanceof UnwritableError && isRefusedWrite(error.cause))) throw error;
    const { ledger, files, close } = await readStore(options);
    return { ledger, files, release: close };
  }
}

const NOT_OF_STORE = "It is no file of a store.";

async function mailFindings(ledger: Ledger, files: Store, sample: number) {
  const findings: Finding[] = [];
  let mails = 0;
  let read = 0;
  for await (const { path } of ledger.pathsTwice?.() ?? []) {
    findings.push({ path, problem: "More than one row of the ledger has it." });
  }
  for await (const { id, state, path, bytes, sha256 } of ledger.archives()) {
    if (state !== "kept") continue;
    // Any other path may lead out of the store.
    if (path !== mailPath(id)) {
      const problem = `Kept archive ${id}: expected the path ${mailPath(id)}, got ${path ?? "none"}.`;
      findings.push({ path: ledger.name, problem });
      continue;
    }
    mails += 1;
    const problem = await orWhyNot(async () => {
      // The first mail is always read: a small share of a few mails would be none.
      if (read > 0 && Math.random() >= sample) return absence(files, path);
      const found = await files.look(path);
      if (found) read += 1;
      const difference = differenceOf(found, sha256);
      return difference === undefined && found?.bytes !== bytes
        ? `Expected ${bytes} bytes, got ${found?.bytes}.`
        : difference;
    });
    if (problem) findings.push({ path, problem });
  }
  return { findings, mails, read };
}

/** The files in a folder that should not be there. */
async function strayFindings(
  files: Store,
  folder: string,
  isKnown: (path: string) => Soon<boolean>,
  problemOfStray = "No row of the ledger has it.",
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const problem = await orWhyNot(async () => {
    for await (const path of files.list(folder)) {
      if (!(await isKnown(path))) findings.push({ path, problem: problemOfStray });
    }
    return undefined;
  });
  return problem === undefined ? findings : [...findings, { path: folder, problem }];
}

/**
 * The files of an SQLite database in WAL mode, which leaves no journal: https://sqlite.org/tempfiles.html. A ledger
 * that used to lie outside the store has a lock of its own.
 */
const SQLITE_ENDS = ["", "-wal", "-shm", ".lock"];

/** The files at the top of the store that are not its own. */
async function rootFindings(
  files: Store,
  ledger: Ledger,
  ledgerPaths: readonly string[],
): Promise<Finding[]> {
  const bases = ledgerPaths.map((path) => path.replaceAll("\\", "/"));
  const own = new Set([
    ...OWN_FILES,
    ...((await ledger.storeId()) === undefined ? [] : [STORE_ID_FILE]),
    ...bases.flatMap((path) => SQLITE_ENDS.map((end) => path + end)),
  ]);

  async function findingsAt(name: string): Promise<Finding[]> {
    const isFile = await files.has(name).catch((error: unknown) => {
      if (error instanceof NoFileError) return false;
      throw error;
    });
    if (OWN_FOLDERS.includes(name)) {
      return isFile ? [{ path: name, problem: "It is no folder." }] : [];
    }
    const hasLedger = bases.some((path) => path.startsWith(`${name}/`));
    if (!own.has(name) && !hasLedger) return [{ path: name, problem: NOT_OF_STORE }];
    const below = await strayFindings(files, name, (path) => own.has(path), NOT_OF_STORE);
    // A ledger may be a link.
    const isRight = isFile || hasLedger || bases.includes(name);
    return isRight ? below : [{ path: name, problem: "It is no file." }, ...below];
  }

  const found: Finding[][] = [];
  // In a container a blob and the prefix of others may have the same name.
  for (const name of new Set(await files.names())) found.push(await findingsAt(name));
  return found.flat();
}

/** Checks that each run file is as it was written, and none is missing or too many. */
async function runFindings(files: Store, ledger: Ledger): Promise<Comparison> {
  const findings: Finding[] = [];
  const unchecked: string[] = [];
  const runs = await ledger.runs();
  const known = new Map(runs.map((run) => [runFile(run.number), run]));
  for (const [path, { sha256 }] of known) {
    const problem = await orWhyNot(async () => {
      const found = await files.look(path);
      const difference = sha256 === null ? undefined : differenceOf(found, sha256);
      if (difference !== undefined) return difference;
      // A killed run may not have got as far as writing its file.
      if (found === undefined) return undefined;
      if (sha256 === null) unchecked.push(`${path}, but for the run before it`);
      return chainProblem(await textOf(files.read(path)), known);
    });
    if (problem) findings.push({ path, problem });
  }
  const strays = await strayFindings(files, RUNS, (path) => known.has(path));
  return { findings: [...findings, ...strays], unchecked };
}

/** A run file names the run before it and that one's hash: the ledger must have the same. */
function chainProblem(text: string, known: ReadonlyMap<string, RunRecord>): string | undefined {
  let runBefore: { run: number; sha256: string } | null;
  try {
    ({ runBefore = null } = JSON.parse(text) as { runBefore?: typeof runBefore });
  } catch {
    return "It is no run file.";
  }
  if (runBefore === null) return undefined;
  const { run, sha256 } = runBefore;
  return known.get(runFile(run))?.sha256 === sha256
    ? undefined
    : `It names run ${run} with SHA-256 ${sha256} as the one before it, and the ledger has no such run.`;
}
