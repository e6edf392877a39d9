import { Command, CommanderError, Option } from "commander";
import type { MockOptions } from "../mock-options.ts";
import { checkedBasePath, checkedKey, checkedNow, checkedPublicUrl } from "../mock-options.ts";
import { LONGEST_LATENCY } from "../server/fault.ts";

/** What the command line asks for. */
export interface CommandOptions {
  options: MockOptions;
  json: boolean;
  quiet: boolean;
}

const EXAMPLE = `
Once it runs, its docs page lists ids that tell a story (an empty list, expired
links, 429, 503, ...) and faults to ask for, such as:

  curl -H "X-Key: demo" -H "X-Mock-Fault: truncate" "http://127.0.0.1:4010/targets/000T123/archives"
`;

/**
 * Reads the arguments. `--help` and `--version` print and end the process.
 *
 * @throws Error when they are not understood; it says in one line what was expected and what came.
 */
export function parseOptions(args: readonly string[], version: string): CommandOptions {
  const command = new Command("np6-archives-mock")
    .description("A mock of the NP6 mail archive API, with mails that open.")
    .usage("[options]")
    .helpOption("--help", "print this")
    .version(version, "--version", "print the version")
    .addHelpText("after", EXAMPLE)
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => {} });

  /** Adds an option with a value. */
  const option = <Value>(
    flags: `--${string}`,
    description: string,
    read: (text: string, name: string, earlier: Value | undefined) => Value,
    usual?: Value,
  ): void => {
    const made: Option = new Option(flags, description);
    const name = made.long ?? flags;
    made.argParser((value, earlier: Value | undefined) => {
      // If the value looks like another option, the value was forgotten.
      if (command.options.some(({ long }) => long === value.split("=", 1)[0])) {
        throw new Error(`${name}: expected a value, got the option ${value}.`);
      }
      return read(value, name, earlier);
    });
    command.addOption(usual === undefined ? made : made.default(usual));
  };

  /** An unknown option without its value: commander's suggestion needs only the name, and the value may be a key. */
  const withoutUnknownOptionsValue = (arg: string): string => {
    const [name = ""] = arg.split("=", 1);
    const known = command.options.some(({ long }) => long === name);
    return /^--[^=]/.test(name) && !known ? name : arg;
  };

  option("--port <port>", "where the API listens; 0 takes a free port", port, 4010);
  option("--blob-port <port>", "where the mails are; 0 takes a free port", port, 4011);
  option("--host <host>", "the interface for both (default: 127.0.0.1)", text);
  option("--seed <n>", "what the data is made from (default: 8)", whole());
  option(
    "--now <instant>",
    "where the mock's clock starts, as ISO 8601 (default: the real time)",
    clock,
  );
  option(
    "--api-key <key>",
    "a key that X-Key may hold; may be repeated (default: any key)",
    (key, name, earlier: string[] = []) => [...earlier, checkedKey(text(key, name), name)],
  );
  option(
    "--rate-limit <n/s>",
    "answer 429 above so many calls a second (default: no limit)",
    callsASecond,
  );
  option("--latency <ms>", "let every answer wait (default: 0)", whole(LONGEST_LATENCY));
  option(
    "--mails <dir>",
    "serve the mails of a folder: each becomes an archive of action 00000A, target 000T123, in file-name order",
    text,
  );
  option("--spec <file>", "keep to this OpenAPI file instead of the built-in one", text);
  option(
    "--archives <file>",
    "serve the archives of a JSON or YAML file beside the usual ones",
    text,
  );
  command.option("--no-seeded", "with --archives: nothing but those");
  option(
    "--public-url <url>",
    "where the API is reached from elsewhere: what the docs page says",
    checkedPublicUrl,
  );
  option(
    "--public-blob-url <url>",
    "where the mails are reached from elsewhere: where the links lead",
    checkedPublicUrl,
  );
  option("--base-path <path>", "begin the API's paths with this, such as /v8", checkedBasePath);
  command.option("--cors", "let pages of other origins read the answers");
  command.option("--watch", "take in a changed spec, mail folder or archives file");
  command.option("--json-logs", "log JSON, one object a line");
  command.option("--quiet", "do not log requests");

  try {
    command.parse(args.map(withoutUnknownOptionsValue), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) process.exit(0);
    throw new Error(asSentence(error.message), { cause: error });
  }
  const [stray] = command.args;
  if (stray !== undefined) {
    const before = args[args.indexOf(stray) - 1];
    const after = command.options.some(({ long }) => long === before) ? ` after ${before}` : "";
    throw new Error(
      `Expected options alone, got ${JSON.stringify(stray)}${after}. --help lists the options.`,
    );
  }
  const {
    jsonLogs: json = false,
    quiet = false,
    apiKey: apiKeys,
    seeded,
    ...options
  } = command.opts<Values>();
  return {
    // If it is left out, the file decides about the seeded ones.
    options: { ...options, ...(apiKeys && { apiKeys }), ...(!seeded && { seeded: false }) },
    json,
    quiet,
  };
}

/** The values that commander reads for the options above. */
interface Values extends Omit<MockOptions, "apiKeys" | "seeded"> {
  apiKey?: string[];
  seeded: boolean;
  jsonLogs?: boolean;
  quiet?: boolean;
}

/** Commander's message as one line: its suggestion stands on a second one. */
function asSentence(message: string): string {
  const [what = "", meant] = message.replace(/^error: /, "").split("\n");
  const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1).replace(/\.$/, "")}.`;
  return [sentence, meant?.replace(/^\((.*)\)$/, "$1"), "--help lists the options."]
    .filter(Boolean)
    .join(" ");
}

function text(value: string, name: string): string {
  if (value.trim() !== "") return value;
  throw new Error(`${name}: expected a text that is not blank, got ${JSON.stringify(value)}.`);
}

function clock(value: string, name: string): string {
  checkedNow(value, name);
  return value;
}

function callsASecond(value: string, name: string): number {
  const calls = Number(/^(\d+)\/s$/.exec(value)?.[1]);
  if (Number.isSafeInteger(calls) && calls >= 1) return calls;
  throw new Error(
    `${name}: expected calls a second as N/s, for example 5/s, got ${JSON.stringify(value)}.`,
  );
}

const port = whole(65_535);

/** Reads a whole number of 0 or more. */
function whole(most = Number.MAX_SAFE_INTEGER): (value: string, name: string) => number {
  return (value, name) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && number <= most) return number;
    const range = most === Number.MAX_SAFE_INTEGER ? "of 0 or more" : `from 0 to ${most}`;
    throw new Error(`${name}: expected a whole number ${range}, got ${JSON.stringify(value)}.`);
  };
}
