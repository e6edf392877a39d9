import type { Report } from "./report.ts";

/** For programs: the result itself. */
export function json({ data }: Report): string {
  return JSON.stringify(data, undefined, 2);
}
