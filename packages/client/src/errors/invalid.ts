import { createRedact } from "@np6-archives/spec/redact";
import { InputError } from "./input-error.ts";

const redact = createRedact();

/**
 * The error for a value that a program got wrong: what was expected, and what came. The contents of objects are not
 * shown.
 */
export function invalid(name: string, expected: string, came: unknown): TypeError {
  return new TypeError(sentence(name, expected, came));
}

/** The same for a value that a program's user may have typed. */
export function invalidInput(argument: string, expected: string, came: unknown): InputError {
  return new InputError(sentence(argument, expected, came), argument);
}

/** What was expected, and what came. */
export function sentence(name: string, expected: string, came: unknown): string {
  return `${name}: expected ${expected}, got ${shown(came)}.`;
}

/** The class of a value, of this realm or another. */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

function shown(came: unknown): string {
  // Callers easily pass a link where its archive is meant, and its signature opens the mail.
  if (typeof came === "string") return JSON.stringify(redact(came));
  if (typeof came !== "object" || came === null) return String(came);
  const kind = kindOf(came);
  return kind === "Date" && Number.isNaN(Number(came)) ? "an invalid Date" : kind;
}
