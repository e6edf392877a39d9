import { redactHeader } from "@np6-archives/spec/redact";
import type { Redact } from "@np6-archives/spec/redact";

/** Deeper than any cause that was met; what a socket or an agent holds goes on for long. */
const DEEPEST = 6;

/** What an error has that a print of its properties leaves out. */
const HIDDEN = new Set(["name", "message", "stack", "cause", "errors"]);

/**
 * A copy of what a runtime threw, without secrets: runtimes, and fetches of the caller's own, put the URL, the request
 * or its headers into messages, causes and properties.
 *
 * It has what is a text, a number, a list, an object or an error. What else may be there, such as a buffer, a function
 * or what a getter gives, is left out.
 */
export function redactCause(redact: Redact, thrown: unknown): unknown {
  const copies = new Map<object, unknown>();

  function copy(name: string, value: unknown, depth: number): unknown {
    if (typeof value === "string") return redactHeader(redact, name, value);
    if (typeof value === "number") return redact(`${value}`) === `${value}` ? value : undefined;
    if (typeof value === "function" || typeof value === "symbol") return undefined;
    if (typeof value !== "object" || value === null) return value;
    if (copies.has(value)) return copies.get(value);
    const kind = Object.prototype.toString.call(value).slice(8, -1);
    if (kind === "URL") return redact(String(value));
    if (depth === 0 || ArrayBuffer.isView(value) || kind === "ArrayBuffer") return undefined;
    const copied = emptyCopy(value, kind);
    copies.set(value, copied);
    for (const [property, item] of ownValues(value, kind)) {
      const shown = copy(property, item, depth - 1);
      if (shown === undefined) continue;
      Object.defineProperty(copied, redact(property), {
        value: shown,
        configurable: true,
        writable: true,
        enumerable: !(copied instanceof Error && HIDDEN.has(property)),
      });
    }
    return copied;
  }

  return copy("", thrown, DEEPEST);
}

function emptyCopy(value: object, kind: string): object {
  if (Array.isArray(value)) return [];
  return value instanceof Error || kind === "Error" ? new Error() : {};
}

function ownValues(value: object, kind: string): [string, unknown][] {
  if (kind === "Headers" || kind === "Map") {
    return [...(value as Iterable<[unknown, unknown]>)].map(([name, item]) => [String(name), item]);
  }
  const own = Object.entries(Object.getOwnPropertyDescriptors(value));
  const values = own
    .filter(([name]) => !(Array.isArray(value) && name === "length"))
    .map(([name, descriptor]): [string, unknown] => [name, descriptor.value]);
  if (!(value instanceof Error || kind === "Error")) return values;
  // Some errors inherit these: a DOMException has them on its prototype.
  const { name, message, stack } = value as Error;
  return [["name", name], ["message", message], ["stack", stack], ...values];
}
