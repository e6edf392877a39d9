import { redactHeaders } from "@np6-archives/spec/redact";
import { invalid } from "../errors/invalid.ts";
import { checkedFunction } from "../options/client-options.ts";
import type { Hooks } from "../options/hooks.ts";
import type { Logger, LogLevel } from "../options/logger.ts";
import type { OutgoingRequest } from "./outgoing-request.ts";

/** What happened, beside method and URL. */
interface Details {
  attempt: number;
  headers?: Iterable<readonly [string, string]>;
  [more: string]: unknown;
}

/** Calls the hook, and writes to the log if its level is on. `details` is only called when one of them is wanted. */
export type Observe = (hook: keyof Hooks, request: OutgoingRequest, details: () => Details) => void;

const LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/**
 * Undefined when there are neither hooks nor a log, so that most calls pay nothing for it.
 *
 * @throws TypeError for an unknown level, and for a hook or logger method that is no function.
 */
export function createObserve(
  hooks: Hooks | undefined,
  logger: Logger,
  logLevel: LogLevel,
): Observe | undefined {
  const wanted = LEVELS.indexOf(logLevel);
  if (wanted < 0) throw invalid("logLevel (or NP6_LOG)", `one of ${LEVELS.join(", ")}`, logLevel);
  checkedFunction("logger.info", logger?.info);
  checkedFunction("logger.debug", logger?.debug);
  if (hooks !== undefined && Object(hooks) !== hooks) throw invalid("hooks", "an object", hooks);
  for (const hook of ["onRequest", "onResponse", "onRetry"] as const) {
    checkedFunction(`hooks.${hook}`, hooks?.[hook] ?? ignoreRejection);
  }
  if (hooks === undefined && wanted === 0) return undefined;
  return (hook, request, details) => {
    const level = hook === "onRetry" ? "info" : "debug";
    const logs = LEVELS.indexOf(level) <= wanted;
    if (!logs && !hooks?.[hook]) return;
    const { method, url, redact } = request;
    const event = { method, url: redact(url), ...details() };
    if (event.headers) event.headers = redactHeaders(redact, event.headers);
    if (logs) ignoreRejection(logger[level](`np6-archives ${hook.slice(2).toLowerCase()}`, event));
    ignoreRejection(hooks?.[hook]?.(event as never));
  };
}

/** A promise from a hook or logger is not awaited. Without a handler its rejection would end the process. */
function ignoreRejection(returned: unknown): void {
  void Promise.resolve(returned).catch(() => {});
}
