import { createHash } from "node:crypto";
import { linesOf } from "../csv/lines.ts";
import type { Ledger, RunRecord } from "../ledger/ledger.ts";
import { ARCHIVES_FILE, GAPS_FILE, MANIFEST_FILE } from "../report/run-files.ts";
import { archiveLine, archivesTable, gapsTable, manifest, tableRows } from "../report/tables.ts";
import { bytesOfLines, hashOf } from "../store/store.ts";
import type { Store } from "../store/store.ts";
import { GONE, differenceOf, orWhyNot } from "./finding.ts";
import type { Finding, Comparison } from "./finding.ts";

const EMPTY = createHash("sha256").digest("hex");

/** Compares the tables with what runs recorded of them, and the ledger's rows with the tables. */
export async function tableFindings(files: Store, ledger: Ledger): Promise<Comparison> {
  const runs = await ledger.runs();
  const closed = runs.findLast(({ sha256 }) => sha256 !== null);
  if (closed !== undefined && closed === runs.at(-1)) {
    return { findings: await findingsOfClosed(files, ledger, closed), unchecked: [] };
  }
  if (runs.length > 0) {
    const kills = runs.length - (closed === undefined ? 0 : runs.indexOf(closed) + 1);
    return findingsOfKilled(files, ledger, closed, kills > 1);
  }
  const { worklist, archives } = await ledger.balance();
  const hasRows = worklist.total + archives.total > 0;
  const findings = hasRows ? [{ path: ledger.name, problem: "It has rows, and no run." }] : [];
  return { findings, unchecked: [] };
}

/** Checks that the tables are as the last run wrote them, and as the ledger would write them now. */
async function findingsOfClosed(files: Store, ledger: Ledger, last: RunRecord): Promise<Finding[]> {
  const findings: Finding[] = [];
  if ((await ledger.fingerprint()) !== last.rows) {
    findings.push({ path: ledger.name, problem: "Its rows are not as the last run left them." });
  }
  for (const { path, sha256, lines } of tablesOf(ledger, last)) {
    // Without a gap there is no file.
    const isNone = path === GAPS_FILE && sha256 === EMPTY;
    const problem = await orWhyNot(async () => {
      if (!isNone) return differenceOf(await files.look(path), sha256);
      return (await files.has(path)) ? "Expected no such file, got one." : undefined;
    });
    if (problem) findings.push({ path, problem });
    if ((await hashOf(bytesOfLines(lines()))).sha256 !== sha256) {
      findings.push({ path: ledger.name, problem: `Its rows are not those of ${path}.` });
    }
  }
  return findings;
}

function tablesOf(ledger: Ledger, record: RunRecord | undefined) {
  const { archives = null, manifest: listed = null, gaps = null } = record ?? {};
  return [
    { path: ARCHIVES_FILE, sha256: archives, lines: () => archivesTable(ledger.archives()) },
    { path: MANIFEST_FILE, sha256: listed, lines: () => manifest(ledger) },
    { path: GAPS_FILE, sha256: gaps, lines: () => gapsTable(ledger.gaps()) },
  ];
}

/**
 * After a kill a table is that of the last closed run, or, if the killed run got as far as writing it, what the rows
 * give. After two kills in a row the first may have written it, and the rows have grown since: then its lines are
 * compared with the rows.
 */
async function findingsOfKilled(
  files: Store,
  ledger: Ledger,
  closed: RunRecord | undefined,
  isTwice: boolean,
): Promise<Comparison> {
  const findings: Finding[] = [];
  const unchecked: string[] = [];
  let comparedRows = "the ledger's rows";
  for (const { path, sha256, lines } of tablesOf(ledger, closed)) {
    const isGaps = path === GAPS_FILE;
    const problem = await orWhyNot(async () => {
      // Without a gap there is no file.
      const none = isGaps ? EMPTY : undefined;
      const found = (await files.look(path))?.sha256 ?? none;
      if (found === undefined) return closed && GONE;
      const isClosed = found === (sha256 ?? none);
      const isOfRows = !isClosed && found === (await hashOf(bytesOfLines(lines()))).sha256;
      if (isOfRows || (isClosed && path !== ARCHIVES_FILE)) return undefined;
      if (!isClosed && !isTwice) {
        return "It is neither as the last run that was closed left it nor what the rows give.";
      }
      if (!isClosed) unchecked.push(isGaps ? path : `whether lines are missing in ${path}`);
      if (isGaps) return undefined;
      if (path === MANIFEST_FILE) return strangeLine(files, ledger);
      comparedRows += `, but for those that ${ARCHIVES_FILE} has as kept or erased`;
      return changedRow(files, ledger);
    });
    if (problem) findings.push({ path, problem });
  }
  return { findings, unchecked: [comparedRows, ...unchecked] };
}

/** The problem with a row that is broken, that changed although it was kept or erased, or that no row is like any more. */
async function changedRow(files: Store, ledger: Ledger): Promise<string | undefined> {
  const rows = tableRows(files.read(ARCHIVES_FILE));
  const missing = await firstMissing(rows, ledger.archives(), (row, archive) => {
    if (row.value("id") !== unbroken(archive.id)) return false;
    const maySettle = !["kept", "erased"].includes(row.value("state"));
    return maySettle || row.text === unbroken(archiveLine(archive));
  });
  if (missing === undefined) return undefined;
  const id = missing.value("id");
  return id === ""
    ? "It has a broken row."
    : `It has archive ${id} in another way than the ledger.`;
}

/** The reader of lines turns each line end into LF. */
const unbroken = (text: string) => text.replaceAll(/\r\n?/g, "\n");

async function strangeLine(files: Store, ledger: Ledger): Promise<string | undefined> {
  const lines = async function* () {
    for await (const part of linesOf(files.read(MANIFEST_FILE))) yield* part.lines;
  };
  const missing = await firstMissing(lines(), manifest(ledger), (line, row) => line === row);
  return missing === undefined ? undefined : "It has a line that no row gives.";
}

/** The first of `some` that is not in `all`; both are in the same order. */
async function firstMissing<One, Other>(
  some: AsyncIterable<One>,
  all: Iterable<Other> | AsyncIterable<Other>,
  isSame: (one: One, other: Other) => boolean,
): Promise<One | undefined> {
  const one = some[Symbol.asyncIterator]();
  let next = await one.next();
  try {
    for await (const other of all) {
      if (next.done) return undefined;
      if (isSame(next.value, other)) next = await one.next();
    }
    return next.done ? undefined : next.value;
  } finally {
    await one.return?.();
  }
}
