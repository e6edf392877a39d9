import { styleText } from "node:util";
import type { JournalEntry } from "../server/journal.ts";

/**
 * One request as a line to read: time, status, method, path, milliseconds, and below it why it was refused.
 * Coloured when the standard output is a terminal that can, and NO_COLOR is not set.
 */
export function requestLine(entry: JournalEntry): string {
  const { time, origin, method, path, status, ms = 0, violations, fault, leak } = entry;
  const colour = status === 0 || status >= 500 ? "red" : status >= 400 ? "yellow" : "green";
  const shown = paint(colour, status === 0 ? "---" : String(status));
  const where = origin === "blob" ? ` ${paint("dim", "(mail)")}` : "";
  const what = fault === undefined ? "" : ` ${paint("yellow", `fault ${fault}`)}`;
  // Without a link's query, which fills two lines and adds nothing to the reasons.
  const [target = ""] = origin === "blob" ? path.split("?", 1) : [path];
  const request = method === "" ? "bytes that are no HTTP" : `${method} ${target}`;
  const line = `${paint("dim", time.slice(11, 19))} ${shown} ${request}${where} ${paint("dim", `${ms} ms`)}${what}`;
  const reasons = violations.map(({ location, message }) => {
    const parts = location.slice(1).join(".");
    return `         ${paint(leak ? "red" : "yellow", parts === "" ? message : `${parts}: ${message}`)}`;
  });
  return [line, ...reasons].join("\n");
}

function paint(style: "dim" | "red" | "green" | "yellow", text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** One request as a line for machines. */
export function jsonLine(entry: JournalEntry): string {
  return JSON.stringify({ event: "request", ...entry });
}
