import { Command, CommanderError, Option } from "commander";
import { VERSION } from "../report/version.ts";
import { LONGEST } from "../run/run-limits.ts";
import { KeepError } from "../words/keep-error.ts";

/** What the command line asks for. */
export interface Asked {
  command: CommandName;
  options: Values;
}

type CommandName =
  | "run"
  | "work"
  | "retry"
  | "status"
  | "verify"
  | "reconcile"
  | "person"
  | "erase";

/** The options of all commands; each has those that it declares. */
export interface Values {
  store: string;
  ledger?: string;
  worklist: string;
  since?: string;
  until?: string;
  rate?: number;
  parallel?: number;
  giveUpAfter?: number;
  only?: string[];
  sample?: number;
  sent: string;
  target: string[];
  out: string;
  reason: string;
  json?: boolean;
  quiet?: boolean;
  metrics?: number;
}

const SUMMARY = "Keeps every mail of a worklist before its link dies, and proves what it has.";
const ENVIRONMENT = `
Key and address come from NP6_API_KEY and NP6_BASE_URL; the account of azure:// from AZURE_STORAGE_CONNECTION_STRING.
Exit codes: 0 complete, no gap; 1 finished, with gaps; 2 could not run; 3 stopped before the end, run it again.
Of verify and reconcile: 0 all well, 1 not. Of status, person and erase: 0 when they did their work.
`;

/**
 * Reads the arguments; undefined when they asked for help or the version, which was printed.
 *
 * @throws KeepError when they are not understood.
 */
export function readArguments(args: readonly string[]): Asked | undefined {
  let asked: Asked | undefined;
  const program = new Command("np6-archives-keep").description(SUMMARY);
  program.version(VERSION, "--version", "print the version");
  program.helpOption("--help", "print this").addHelpText("after", ENVIRONMENT);
  // A command copies these settings when it is made, so they come first.
  program.exitOverride().configureOutput({ writeErr: () => {} });

  const add = (name: CommandName, description: string, ...options: Option[]) => {
    const command = program.command(name).description(description);
    command.helpOption("--help", "print this").allowExcessArguments(false);
    command.addOption(
      need("--store <store>", "where mails are kept: a folder, or azure://CONTAINER[/PREFIX]"),
    );
    command.addOption(
      name === "work"
        ? need("--ledger <ledger>", "postgres://..., the ledger of the run")
        : new Option(
            "--ledger <ledger>",
            "an SQLite file, or postgres://... for several machines (default: STORE/ledger.sqlite)",
          ),
    );
    for (const option of options) command.addOption(option);
    command.action((values: Values) => {
      // Checked here, as commander would report a missing option before a misspelt one.
      const missing = command.options.find(
        (option) =>
          isNeeded.has(option) && command.getOptionValue(option.attributeName()) === undefined,
      );
      if (missing)
        throw new KeepError(
          `${missing.long}: expected ${missing.flags}, got none. --help lists the options.`,
        );
      asked = { command: name, options: values };
    });
  };

  const target = need("--target <id...>", "the person's target ids").argParser(
    (value: string, earlier: string[] | undefined) => [...(earlier ?? []), value],
  );

  add(
    "run",
    "keep every mail of the worklist",
    need("--worklist <file>", "a CSV or NDJSON file; - is the standard input"),
    ...running(),
  );
  add(
    "work",
    "help a run from another machine",
    new Option("--rate <n/s>", "accepted, and without effect: the pace is the run's").argParser(
      rate,
    ),
    parallel(),
    giveUpAfter(),
    ...watching(),
  );
  add(
    "retry",
    "ask again for what is not kept, nothing else",
    new Option(
      "--only <states>",
      "the states to ask again, separated by commas (default: all that may change)",
    ).argParser((text: string, earlier: string[] | undefined) => [
      ...(earlier ?? []),
      ...text.split(",").map((state) => state.trim()),
    ]),
    ...running(),
  );
  add("status", "show the balance, and the gaps by kind", new Option("--json", "as JSON"));
  add(
    "verify",
    "compare every file with the ledger, and every row with a file",
    new Option("--sample <share>", "read only this share of the mails, such as 1%").argParser(
      share,
    ),
  );
  add(
    "reconcile",
    "compare your own sending events with what is kept",
    need("--sent <file>", "a CSV with target, and action, sentAt or stamp where known"),
  );
  add(
    "person",
    "write one person's mails as a BagIt bag",
    target,
    need("--out <path>", "a new folder, or a .zip"),
  );
  add(
    "erase",
    "remove one person's mails, leave proof",
    target,
    need("--reason <text>", "why, as the proof will say; without names or ids"),
  );

  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    // Without a command commander prints its help as an error.
    if (error.code === "commander.help") {
      throw new KeepError("The command: expected one, got none. --help lists the commands.");
    }
    throw new KeepError(asSentence(error.message), { cause: error });
  }
  return asked;
}

/** The options of a run and a retry. */
function running(): Option[] {
  return [
    new Option("--since <instant>", "only mails sent at this day or ISO instant, or later"),
    new Option("--until <instant>", "only mails sent before this day or ISO instant"),
    new Option("--rate <n/s>", "the most listing calls a second (default: 5/s)").argParser(rate),
    parallel(),
    giveUpAfter(),
    ...watching(),
  ];
}

function parallel(): Option {
  return new Option("--parallel <n>", "mails at a time (default: 32)").argParser(count);
}

function giveUpAfter(): Option {
  const flags = "--give-up-after <time>";
  return new Option(flags, "how long an outage may last (default: 15m)").argParser(duration);
}

/** The options for watching a run. */
function watching(): Option[] {
  return [
    new Option("--json", "events as NDJSON on the standard output"),
    new Option("--quiet", "no progress"),
    new Option("--metrics <port>", "numbers for Prometheus at /metrics").argParser(port),
  ];
}

/** The options that a command cannot do without. */
const isNeeded = new WeakSet<Option>();

function need(flags: string, description: string): Option {
  const option = new Option(flags, description);
  isNeeded.add(option);
  return option;
}

/** Commander's message as one line: its suggestion stands on a second one. */
function asSentence(message: string): string {
  const [what = "", meant] = message.replace(/^error: /, "").split("\n");
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.$/, "")}.`;
  return [sentence, meant?.replace(/^\((.*)\)$/, "$1"), "--help lists the options."]
    .filter(Boolean)
    .join(" ");
}

function refuse(name: string, what: string, text: string): never {
  throw new KeepError(`${name}: expected ${what}, got ${JSON.stringify(text)}.`);
}

function rate(text: string): number {
  const calls = Number(/^(\d+(?:\.\d+)?)\/s$/.exec(text)?.[1]);
  return calls > 0 ? calls : refuse("--rate", "calls a second such as 5/s or 0.5/s", text);
}

function count(text: string): number {
  const whole = /^[1-9]\d{0,4}$/.test(text);
  return whole ? Number(text) : refuse("--parallel", "a whole number from 1 to 99999", text);
}

function port(text: string): number {
  const number = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  return number > 0 && number < 65_536
    ? number
    : refuse("--metrics", "a port from 1 to 65535", text);
}

const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function duration(text: string): number {
  const [, amount, unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [];
  const time = Number(amount) * (UNITS[unit] ?? Number.NaN);
  return time > 0 && time <= LONGEST
    ? time
    : refuse("--give-up-after", "a time such as 90s, 15m or 2h", text);
}

function share(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]);
  return percent > 0 && percent <= 100
    ? percent / 100
    : refuse("--sample", "a share such as 1%", text);
}
