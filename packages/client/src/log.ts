/** From silent to talkative. */
export type LogLevel = "off" | "error" | "warn" | "info" | "debug";

/** Where log lines go: `console`, or any logger with these methods. */
export interface Logger {
  error(line: string): void;
  warn(line: string): void;
  info(line: string): void;
  debug(line: string): void;
}

const LEVELS: readonly LogLevel[] = ["off", "error", "warn", "info", "debug"];

/** Writes a line, if its level is wanted; the line is made only then. */
export type Log = (level: Exclude<LogLevel, "off">, line: () => string) => void;

/** @throws TypeError for a level that is none. */
export function createLog(logger: Logger, level: unknown, from: string): Log {
  const wanted = LEVELS.indexOf(level as LogLevel);
  if (wanted === -1) throw new TypeError(`${from} must be one of ${LEVELS.join(", ")}.`);
  return (at, line) => {
    if (LEVELS.indexOf(at) <= wanted) logger[at](`np6-archives: ${line()}`);
  };
}
