import { redactHeader } from "@np6-archives/spec/redact";
import type { Redact } from "@np6-archives/spec/redact";
import { kindOf } from "../errors/invalid.ts";

/** Deeper than any cause seen so far. What a socket or an agent refers to goes on much deeper. */
const DEEPEST = 6;

/** Properties that are not enumerable in an Error. */
const HIDDEN = new Set(["name", "message", "stack", "cause", "errors"]);

/**
 * A copy of what a runtime threw, without secrets: runtimes, and fetches of the caller's own, put the URL, the request
 * or its headers into messages, causes and properties.
 *
 * Strings, numbers, arrays, objects and errors are copied. Buffers, functions and getters are left out.
 */
export function redactCause(redact: Redact, thrown: unknown): unknown {
  const copies = new Map<object, unknown>();

  function copy(name: string, value: unknown, depth: number): unknown {
    if (typeof value === "string") return redactHeader(redact, name, value);
    if (typeof value === "function") return undefined;
    if (typeof value !== "object" || value === null) return value;
    if (copies.has(value)) return copies.get(value);
    if (depth === 0 || ArrayBuffer.isView(value)) return undefined;
    const copied = Array.isArray(value) ? [] : isError(value) ? new Error() : {};
    copies.set(value, copied);
    for (const [property, item] of ownValues(value)) {
      Object.defineProperty(copied, redact(property), {
        value: copy(property, item, depth - 1),
        configurable: true,
        writable: true,
        enumerable: !(copied instanceof Error && HIDDEN.has(property)),
      });
    }
    return copied;
  }

  return copy("", thrown, DEEPEST);
}

/** `instanceof` alone would miss an Error of another realm. */
function isError(value: object): value is Error {
  return value instanceof Error || kindOf(value) === "Error";
}

function ownValues(value: object): [string, unknown][] {
  if (Array.isArray(value)) return Object.entries(value);
  const own = Object.entries(Object.getOwnPropertyDescriptors(value));
  const values = own.map(([name, descriptor]): [string, unknown] => [name, descriptor.value]);
  if (!isError(value)) return values;
  // A DOMException has these on its prototype.
  const { name, message, stack } = value;
  return [...values, ...Object.entries({ name, message, stack })];
}
