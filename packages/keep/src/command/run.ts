import { ArchivesClient, AuthenticationError } from "@np6-archives/client";
import { createRedact } from "@np6-archives/spec/redact";
import { erase } from "../erase.ts";
import type { EraseReport } from "../erase.ts";
import { keep, retry } from "../keep.ts";
import type { KeepReport, RunOptions } from "../lead-run.ts";
import { personBag } from "../person/person-bag.ts";
import type { PersonReport } from "../person/person-bag.ts";
import { reconcile } from "../reconcile/reconcile.ts";
import type { ReconcileReport } from "../reconcile/reconcile.ts";
import { status, watch } from "../status.ts";
import type { Status } from "../status.ts";
import { verify } from "../verify/verify-store.ts";
import type { VerifyReport } from "../verify/verify-store.ts";
import type { KeepEvent } from "../words/events.ts";
import { messageOf } from "../words/keep-error.ts";
import { plural } from "../words/plural.ts";
import { balanceText, gapsOf } from "../words/states.ts";
import type { Balance } from "../words/states.ts";
import { UnwritableError, unwritable } from "../words/store-failures.ts";
import { work } from "../work.ts";
import { readArguments } from "./command-options.ts";
import type { Asked, Values } from "./command-options.ts";
import type { Metrics } from "./metrics.ts";
import { jsonScreen, textScreen } from "./screen.ts";

const OUTCOMES = { complete: 0, gaps: 1, stopped: 3 } as const;
const COULD_NOT_RUN = 2;

/** The command `np6-archives-keep`. Returns the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  // When the reader of the output leaves (`| head`), the output ends, but not the work.
  process.stdout.on("error", () => {});
  process.stdout.once("error", (error) => {
    const failure = unwritable(error, false, "standard output");
    if (failure === undefined) return;
    const code = failed(failure);
    process.once("exit", () => (process.exitCode = code));
  });
  process.stderr.on("error", () => {});
  // With a listener, a write beyond a limit on file sizes fails with an error instead of ending the process.
  process.on("SIGXFSZ", () => {});
  // Node exits with 1 after an uncaught error, but here 1 means that the work was finished.
  process.on("uncaughtException", (error) => process.exit(failed(error)));
  try {
    const asked = readArguments(args);
    return asked === undefined ? 0 : await perform(asked);
  } catch (error) {
    return failed(error);
  }
}

/** Prints in one line what ended the command. Returns the exit code. */
function failed(error: unknown): number {
  process.stderr.write(`np6-archives-keep: ${oneLine(error)}\n`);
  return isStop(error) || error instanceof UnwritableError ? OUTCOMES.stopped : COULD_NOT_RUN;
}

function isStop(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

function oneLine(error: unknown): string {
  if (isStop(error)) return "It was asked to stop.";
  const isKeyRefused = error instanceof AuthenticationError;
  const message = `${isKeyRefused ? "the key in NP6_API_KEY was refused: " : ""}${messageOf(error)}`;
  const [line = ""] = createRedact(process.env["NP6_API_KEY"])(message).split("\n");
  return line;
}

async function perform({ command, options }: Asked): Promise<number> {
  switch (command) {
    case "run":
      return attended(options, (more) => keep({ ...options, ...more }));
    case "work": {
      const { ledger = "" } = options;
      return attended(options, (more) => work({ ...options, ...more, ledger }));
    }
    case "retry":
      return attended(options, (more) => retry({ ...options, ...more }));
    case "verify":
      return printVerification(await verify(options));
    case "reconcile":
      return printReconciliation(await reconcile(options));
    case "person":
      return printBag(
        options.out,
        await personBag({ ...options, signal: stoppedBySignals().signal }),
      );
    case "erase":
      return printErasure(await erase(options));
    default:
      return printStatus(await status(options), options.json);
  }
}

/** Aborts on the first signal to stop, also when the terminal is closed; the second ends the process at once. */
function stoppedBySignals(): AbortController {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) process.exit(OUTCOMES.stopped);
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, onSignal);
  return stop;
}

/** Runs a command that shows its progress and can be stopped. */
async function attended(
  options: Values,
  start: (more: Pick<RunOptions, "client" | "signal" | "onEvent">) => Promise<KeepReport>,
): Promise<number> {
  const stop = stoppedBySignals();
  const screen = options.json
    ? jsonScreen(options.quiet === true)
    : textScreen(options.quiet === true);
  stop.signal.addEventListener("abort", () => screen.stop());
  // The second signal ends the process at once, and the bar has to be cleared then, too.
  process.once("exit", () => screen.end());
  let report: KeepReport;
  let metrics: Metrics | undefined;
  try {
    const client = new ArchivesClient();
    if (options.metrics !== undefined) {
      // Imported only here, as node:http makes Node load all of its fetch.
      const { serveMetrics } = await import("./metrics.ts");
      metrics = await serveMetrics(options.metrics, () => watch(options));
    }
    const onEvent = (event: KeepEvent) => {
      screen.show(event);
      metrics?.show(event);
    };
    report = await start({ client, signal: stop.signal, onEvent });
  } finally {
    screen.end();
    metrics?.close();
    // An open standard input would keep the process running.
    if (options.worklist === "-") process.stdin.destroy();
  }
  if (!options.json) process.stdout.write(endText(report));
  return OUTCOMES[report.outcome];
}

/** The balance, the gaps by kind, and what to do next. */
function endText({ balance, outcome, reason }: KeepReport): string {
  const found = gapsOf(balance);
  const {
    "item open": open = 0,
    "item invalid": bad = 0,
    "archive conflict": conflicts = 0,
  } = found;
  const all = Object.values(found).reduce((sum, n) => sum + n, 0);
  const again = all > open + bad + conflicts ? ", `retry` asks for them again" : "";
  const rest = open > 0 ? ", `run` for what is open" : "";
  const why = reason ?? "The run was stopped.";
  const next = {
    complete: "Complete, no gap.",
    gaps: `Finished, with gaps: gaps.csv lists them${again}${rest}.`,
    stopped: `Stopped before the end. ${why}${why.endsWith(".") ? "" : "."} Run the same command to go on.`,
  }[outcome];
  return `${balanceAndGaps(balance)}${next}\n`;
}

function balanceAndGaps(balance: Balance): string {
  const gaps = Object.entries(gapsOf(balance)).map(([kind, n]) => `  ${n} ${kind}\n`);
  return `${balanceText(balance)}\n${gaps.length > 0 ? `gaps:\n${gaps.join("")}` : ""}`;
}

function printStatus(found: Status, isJson = false): number {
  process.stdout.write(isJson ? `${JSON.stringify(found)}\n` : balanceAndGaps(found));
  return 0;
}

function printBag(out: string, { mails, gaps, without }: PersonReport): number {
  const nothing =
    without.length > 0 ? `Nothing of ${without.join(", ")}: statement.txt tells why.\n` : "";
  process.stdout.write(`${plural(mails, "mail")} in ${out}, ${gaps} could not be had.\n${nothing}`);
  return 0;
}

function printErasure({ archives, without, balance }: EraseReport): number {
  const some = without.length > 0 ? `, and none is of ${without.join(", ")}` : "";
  const none = archives === 0 ? ": none in the store is of such a target" : some;
  process.stdout.write(`${plural(archives, "archive")} erased${none}.\n${balanceText(balance)}\n`);
  return 0;
}

function printVerification(report: VerifyReport): number {
  const { findings, mails, read, sample, killed, unchecked } = report;
  const lines = findings.map(({ path, problem }) => `${path}: ${problem}`);
  const share = sample < 1 ? `, a sample of ${Number((sample * 100).toPrecision(6))}%` : "";
  const found = plural(findings.length, "finding");
  lines.push(`${read} of ${plural(mails, "kept mail")} read${share}, ${found}.`);
  if (killed) lines.push("The last run was killed: what it kept is in no table yet. Run it again.");
  for (const what of unchecked) lines.push(`Not checked: ${what}.`);
  process.stdout.write(`${lines.join("\n")}\n`);
  return findings.length === 0 ? 0 : 1;
}

function printReconciliation({ events, results }: ReconcileReport): number {
  const lines = Object.entries(results).map(([result, n]) => `  ${n} ${result}\n`);
  const all = `${plural(events, "event")}\n${lines.join("")}`;
  process.stdout.write(`${all}reconciliation.csv has each.\n`);
  return events === (results["kept"] ?? 0) ? 0 : 1;
}
