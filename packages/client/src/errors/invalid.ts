import { createRedact } from "@np6-archives/spec/redact";

const redact = createRedact();

/** The error for a value that a caller got wrong: what was expected, and what came. It shows no object's contents. */
export function invalid(name: string, expected: string, came: unknown): TypeError {
  return new TypeError(`${name}: expected ${expected}, got ${shown(came)}.`);
}

function shown(came: unknown): string {
  // A link is easily passed where its archive is meant, and its signature opens the mail.
  if (typeof came === "string") return JSON.stringify(redact(came));
  if (came instanceof Date) return Number.isNaN(came.getTime()) ? "an invalid Date" : "a Date";
  return typeof came === "object" && came !== null
    ? Object.prototype.toString.call(came).slice(8, -1)
    : String(came);
}
