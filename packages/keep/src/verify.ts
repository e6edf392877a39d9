import { createHash } from "node:crypto";
import type { Ledger, RunRecord, Soon } from "./ledger/ledger.ts";
import { OWN_NAMES, placesOf, readStore, takeStore } from "./open-store.ts";
import type { StoreOptions } from "./open-store.ts";
import { ARCHIVES_FILE, GAPS_FILE, MANIFEST_FILE, RUNS, runFile } from "./report/run-files.ts";
import { archivesTable, gapsTable, manifest } from "./report/tables.ts";
import { NoFileError, bytesOfLines, hashOf, textOf } from "./store/store.ts";
import type { Store, Stored } from "./store/store.ts";
import { KeepError, invalid } from "./words/keep-error.ts";
import { UnwritableError, isRefusedWrite } from "./words/store-failures.ts";

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
  /** How many of them were read, to their end. */
  read: number;
  /** The share that was asked for, any number above 0 and up to 1. */
  sample: number;
  /** Whether the last run was ended by force: then the tables may be its own or older ones, and only have to be there. */
  killed: boolean;
}

/**
 * Holds every file of a store against the ledger, and every row against a file. Gaps alone are no finding.
 *
 * A store that may only be read is read as it lies. Rejects with KeepError when there is no store or a run is going on.
 */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { sample = 1 } = options;
  if (!(sample > 0 && sample <= 1)) throw invalid("--sample", "above 0 and up to 1", sample);
  const { ledger, files, release } = await takeToVerify(options);
  try {
    const { findings, mails, read } = await mailFindings(ledger, files, sample);
    const killed = (await ledger.runs()).at(-1)?.sha256 === null;
    findings.push(
      ...(await strayFindings(files, "mails", (path) => ledger.hasPath(path))),
      ...(await rootFindings(files, placesOf(options).databases)),
      ...(await runFindings(files, ledger)),
      ...(await tableFindings(files, ledger, killed)),
    );
    return { findings, mails, read, sample, killed };
  } finally {
    await release();
  }
}

/** A store that may only be read is read as it lies: nobody can take it. */
async function takeToVerify(options: StoreOptions) {
  try {
    return await takeStore(options, { make: false });
  } catch (error) {
    if (!(error instanceof UnwritableError && isRefusedWrite(error.cause))) throw error;
    const { ledger, files, close } = await readStore(options);
    return { ledger, files, release: close };
  }
}

const STRANGER = "It is no file of a store.";
const GONE = "It is gone.";

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
    const problem = await orWhyNot(async () => {
      // Of a few mails a small share would be none.
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

/** What lies in a folder and should not. */
async function strayFindings(
  files: Store,
  folder: string,
  isKnown: (path: string) => Soon<boolean>,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const problem = await orWhyNot(async () => {
    for await (const path of files.list(folder)) {
      if (!(await isKnown(path))) findings.push({ path, problem: "No row of the ledger has it." });
    }
    return undefined;
  });
  return problem === undefined ? findings : [...findings, { path: folder, problem }];
}

/** What SQLite puts beside a file of its own: https://sqlite.org/tempfiles.html */
const SQLITE_ENDS = ["", "-wal", "-shm", "-journal"];

/** What lies beside the mails and is none of the store's files. */
async function rootFindings(files: Store, databases: readonly string[]): Promise<Finding[]> {
  const bases = databases.map((path) => path.replaceAll("\\", "/"));
  const own = new Set([
    ...OWN_NAMES,
    ...bases.flatMap((path) => SQLITE_ENDS.map((end) => path + end)),
  ]);
  const found: string[] = [];
  for (const name of await files.names()) {
    const hasLedger = bases.some((path) => path.startsWith(`${name}/`));
    found.push(...(hasLedger ? await Array.fromAsync(files.list(name)) : [name]));
  }
  return found.filter((path) => !own.has(path)).map((path) => ({ path, problem: STRANGER }));
}

/** Each run file is as it was written, and none is missing or too many. */
async function runFindings(files: Store, ledger: Ledger): Promise<Finding[]> {
  const findings: Finding[] = [];
  const runs = await ledger.runs();
  const known = new Map(runs.map((run) => [runFile(run.number), run]));
  for (const [path, { sha256 }] of known) {
    if (sha256 === null) continue;
    const problem = await orWhyNot(
      async () =>
        differenceOf(await files.look(path), sha256) ??
        chainProblem(await textOf(files.read(path)), known),
    );
    if (problem) findings.push({ path, problem });
  }
  return [...findings, ...(await strayFindings(files, RUNS, (path) => known.has(path)))];
}

/** A run file names the one before it and its hash: the ledger must have the same. */
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

/** The tables are as the last run wrote them, and as the ledger would have them now. */
async function tableFindings(files: Store, ledger: Ledger, killed: boolean): Promise<Finding[]> {
  const last = (await ledger.runs()).findLast(({ sha256 }) => sha256 !== null);
  if (!last) return [];
  const findings: Finding[] = [];
  const judge = async (path: string, judgement: () => Promise<string | undefined>) => {
    const problem = await orWhyNot(judgement);
    if (problem) findings.push({ path, problem });
  };
  if (killed) {
    // The killed run may have written some of them anew, and gaps.csv may have come or gone.
    for (const path of [ARCHIVES_FILE, MANIFEST_FILE])
      await judge(path, () => absence(files, path));
    return findings;
  }
  if ((await ledger.fingerprint()) !== last.rows) {
    findings.push({ path: ledger.name, problem: "Its rows are not as the last run left them." });
  }
  const tables = [
    [ARCHIVES_FILE, last.archives, () => archivesTable(ledger.archives())],
    [MANIFEST_FILE, last.manifest, () => manifest(ledger)],
    [GAPS_FILE, last.gaps, () => gapsTable(ledger.gaps())],
  ] as const;
  for (const [path, sha256, lines] of tables) {
    // Without a gap there is no file.
    const isNone = path === GAPS_FILE && sha256 === EMPTY;
    await judge(path, async () => {
      if (!isNone) return differenceOf(await files.look(path), sha256);
      return (await files.has(path)) ? "Expected no such file, got one." : undefined;
    });
    if ((await hashOf(bytesOfLines(lines()))).sha256 !== sha256) {
      findings.push({ path: ledger.name, problem: `Its rows are not those of ${path}.` });
    }
  }
  return findings;
}

const EMPTY = createHash("sha256").digest("hex");

/** The problem with a file, which may be that it cannot be read. What is wrong with all of a store is none of a file's. */
async function orWhyNot(judge: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof NoFileError) return "It is no file.";
    const { code = "" } = error as NodeJS.ErrnoException;
    if (error instanceof KeepError || !SYSTEM_CODE.test(code)) throw error;
    return `It cannot be read: ${code}.`;
  }
}

/** As the operating system has them; SQLite's and Node's own have an underscore. */
const SYSTEM_CODE = /^E[A-Z0-9]+$/;

async function absence(files: Store, path: string): Promise<string | undefined> {
  return (await files.has(path)) ? undefined : GONE;
}

function differenceOf(found: Stored | undefined, sha256: string | null): string | undefined {
  if (found === undefined) return GONE;
  return found.sha256 === sha256 ? undefined : `Expected SHA-256 ${sha256}, got ${found.sha256}.`;
}
