import type { Redact } from "@np6-archives/spec/redact";

/** What a runtime threw, or the little of it that may be seen: some put the whole URL into their messages. */
export function redactCause(redact: Redact, thrown: unknown): unknown {
  const { message, stack, cause } = Object(thrown) as Partial<Error & { cause: Error }>;
  const seen = [message, stack, cause?.stack].join("\n");
  return redact(seen) === seen ? thrown : new Error(redact(String(message)));
}
