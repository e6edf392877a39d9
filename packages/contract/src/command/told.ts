import { createRedact } from "@np6-archives/spec/redact";
import { onOneLine } from "../report/on-one-line.ts";

const redact = createRedact(process.env["NP6_API_KEY"]?.trim());

/** What was typed, as it may be shown: on one line, without the key. */
export function toldInput(input: string): string {
  return onOneLine(redact(input));
}

/** Why a command could not run, as it may be shown: the first line of the error, without the key. */
export function toldError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return onOneLine(redact(message).split("\n")[0]!);
}
