import { parseArgs } from "node:util";
import { instant } from "./instant.ts";
import type { MockOptions } from "./mock.ts";

/** What the command line asks for. */
export interface CommandOptions {
  options: MockOptions;
  json: boolean;
  quiet: boolean;
  /** Text to print instead of starting. */
  show?: string;
}

const help = `np6-archives-mock: a mock of the NP6 mail archive API, with mails that open.

Usage: np6-archives-mock [options]

  --port PORT         where the API listens; 0 takes a free port     [4010]
  --blob-port PORT    where the mails are; 0 takes a free port       [4011]
  --host HOST         the interface for both                         [127.0.0.1]
  --seed N            what the data is made from                     [8]
  --now INSTANT       where the mock's clock starts, as ISO 8601     [the real time]
  --api-key KEY       a key that X-Key may hold; may be repeated     [any key]
  --rate-limit N/s    answer 429 above so many calls a second        [no limit]
  --latency MS        let every answer wait                          [0]
  --mails DIR         serve the mails of a folder: each becomes an archive of
                      action 00000A, target 000T123, in file-name order
  --spec FILE         keep to this OpenAPI file instead of the built-in one
  --json-logs         log JSON, one object a line
  --quiet             do not log requests
  --help, --version

Once it runs, its docs page lists ids that tell a story (an empty list, expired
links, 429, 503, ...) and faults to ask for, such as:

  curl -H 'X-Key: demo' -H 'X-Mock-Fault: truncate' 'http://127.0.0.1:4010/targets/000T123/archives'
`;

/**
 * Reads the arguments.
 *
 * @throws Error of one line that says what was expected and what came.
 */
export function parseOptions(args: readonly string[]): CommandOptions {
  const { values } = parsed(args);
  const show = values.help ? help : values.version ? "version" : undefined;
  const { host, now, mails, spec } = values;
  const apiKeys = values["api-key"];
  if (apiKeys?.some((key) => key.trim() === "")) {
    throw new Error("--api-key: expected a key, got a blank text.");
  }
  if (now !== undefined && Number.isNaN(instant(now))) {
    throw new Error(
      `--now: expected an ISO 8601 instant such as 2026-02-01T09:00:00Z, got ${now}.`,
    );
  }
  const rate = values["rate-limit"];
  return {
    options: {
      port: number("--port", values.port ?? "4010", { most: 65_535 }),
      blobPort: number("--blob-port", values["blob-port"] ?? "4011", { most: 65_535 }),
      ...(host !== undefined && { host }),
      ...(values.seed !== undefined && { seed: number("--seed", values.seed) }),
      ...(now !== undefined && { now }),
      ...(apiKeys !== undefined && { apiKeys }),
      ...(rate !== undefined && { rateLimit: callsASecond("--rate-limit", rate) }),
      ...(values.latency !== undefined && {
        latency: number("--latency", values.latency, { most: 86_400_000 }),
      }),
      ...(mails !== undefined && { mails }),
      ...(spec !== undefined && { spec }),
    },
    json: values["json-logs"] ?? false,
    quiet: values.quiet ?? false,
    ...(show !== undefined && { show }),
  };
}

// The return type is parseArgs' own: it follows from the options below.
function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: withNegativeNumbers(args),
      options: {
        port: text,
        "blob-port": text,
        host: text,
        seed: text,
        now: text,
        "api-key": { type: "string", multiple: true },
        "rate-limit": text,
        latency: text,
        mails: text,
        spec: text,
        "json-logs": flag,
        quiet: flag,
        help: flag,
        version: flag,
      },
    });
  } catch (error) {
    const [sentence = ""] = (error as Error).message.split(/\. |\n/, 1);
    throw new Error(`${sentence.replace(/\.$/, "")}. --help lists the options.`, { cause: error });
  }
}

/** A negative number belongs to the option before it, which refuses it; parseArgs would take it for an option. */
function withNegativeNumbers(args: readonly string[]): string[] {
  const words: string[] = [];
  for (const word of args) {
    const before = words.at(-1);
    if (/^-\d/.test(word) && before !== undefined && /^--[\w-]+$/.test(before)) {
      words[words.length - 1] = `${before}=${word}`;
    } else {
      words.push(word);
    }
  }
  return words;
}

function callsASecond(option: string, text: string): number {
  const calls = Number(/^(\d+)\/s$/.exec(text)?.[1]);
  if (!Number.isSafeInteger(calls) || calls < 1) {
    throw new Error(
      `${option}: expected calls a second as N/s, for example 5/s, got ${JSON.stringify(text)}.`,
    );
  }
  return calls;
}

function number(
  option: string,
  text: string,
  { most = Number.MAX_SAFE_INTEGER }: { most?: number } = {},
): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? "of 0 or more" : `from 0 to ${most}`;
    throw new Error(`${option}: expected a whole number ${range}, got ${JSON.stringify(text)}.`);
  }
  return value;
}
