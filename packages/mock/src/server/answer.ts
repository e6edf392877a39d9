import type { Fault } from "./fault.ts";
import type { Violation } from "./journal.ts";

/** An origin's answer to a request, before any fault. */
export interface Answer {
  status: number;
  /** Lower-case names. `content-length` is added. */
  headers: Record<string, string>;
  body?: Buffer | string | undefined;
  /** Why the request was refused, or what is wrong with this answer. */
  violations?: readonly Violation[];
  /** The fault of the requested id. */
  fault?: Fault | undefined;
  /** An API key came where none belongs. */
  leak?: true;
}

/** A refusal with an explanation, in the form that Prism uses as well (RFC 9457). */
export function problem(status: number, title: string, detail: string): Answer {
  const type = title.toUpperCase().replaceAll(" ", "_");
  return {
    status,
    headers: { "content-type": "application/problem+json" },
    body: JSON.stringify({ type, title, status, detail }),
    violations: [{ location: ["request"], severity: "Error", code: status, message: detail }],
  };
}

/** The answer in place of one that breaks the contract: a 500 that says so. */
export function invalidAnswer(violations: readonly Violation[]): Answer {
  const detail = `The mock was about to break the contract: ${violations.map(({ location, message }) => `${location.join(".")} ${message}`).join("; ")}`;
  return { ...problem(500, "Response not valid", detail), violations };
}
