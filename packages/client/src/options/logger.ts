/**
 * From silent to talkative: `info` tells of retries, `debug` of each request and answer too. Nothing is logged at
 * `error` or `warn`.
 */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** Where log lines go: `console`, or any logger with these methods. `event` is what the hook of that name gets. */
export type Logger = Record<"info" | "debug", (line: string, event: object) => void>;
