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

/** Tells a hook, and the log if its level is wanted, what happens; makes nothing that neither wants. */
export type Observe = (hook: keyof Hooks, request: OutgoingRequest, details: () => Details) => void;

const LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/**
 * Undefined where there is neither a hook nor a log, so that most calls pay nothing for it.
 *
 * @throws TypeError for a level that is none, and for what cannot be called.
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
    checkedFunction(`hooks.${hook}`, hooks?.[hook] ?? letGo);
  }
  if (hooks === undefined && wanted === 0) return undefined;
  return (hook, request, details) => {
    const level = hook === "onRetry" ? "info" : "debug";
    const logs = LEVELS.indexOf(level) <= wanted;
    if (!logs && !hooks?.[hook]) return;
    const { method, url, redact } = request;
    const event = { method, url: redact(url), ...details() };
    if (event.headers) event.headers = redactHeaders(redact, event.headers);
    if (logs) letGo(logger[level](`np6-archives ${hook.slice(2).toLowerCase()}`, event));
    letGo(hooks?.[hook]?.(event as never));
  };
}

/** Nobody waits for what a hook or logger promises, so that no rejection of it may end the process. */
function letGo(returned: unknown): void {
  void Promise.resolve(returned).catch(() => {});
}
