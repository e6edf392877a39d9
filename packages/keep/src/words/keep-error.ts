import { createRedact } from "@np6-archives/spec/redact";

/** What was asked cannot be done: nothing was changed. The message is one sentence without secrets. */
export class KeepError extends Error {
  /** The class's name, also in minified code. */
  override name = "KeepError";
}

/** Masks secrets that a value may bring with it: a container's link has a signature. */
const redact = createRedact();

/** The error for a value that a caller got wrong. */
export function invalid(name: string, what: string, value: unknown): KeepError {
  const told = redact(String(value));
  const shown = typeof value === "string" ? JSON.stringify(told) : told;
  return new KeepError(`${name}: expected ${what}, got ${shown}.`);
}

/** What an error says, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
