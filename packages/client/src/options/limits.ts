import { invalid } from "../errors/invalid.ts";
import type { RequestOptions } from "./client-options.ts";

/** The limits of a call. */
export interface Limits {
  timeout: number;
  totalTimeout: number;
  maxRetries: number;
  maxBodyBytes: number;
}

/**
 * The longest string that every engine can make, less the one byte that is read to notice a longer body. A string never
 * has more characters than bytes.
 */
const LONGEST_TEXT = 2 ** 29 - 25;

/** The limits that `options` sets, over those of `defaults`. */
export function limitsOf(options: RequestOptions, defaults: Limits): Limits {
  const limit = (least: number, name: keyof Limits) =>
    atLeast(least, name, options[name] ?? defaults[name]);
  const maxRetries = limit(0, "maxRetries");
  if (maxRetries % 1) throw invalid("maxRetries", "a whole number", maxRetries);
  return {
    timeout: limit(1, "timeout"),
    totalTimeout: limit(1, "totalTimeout"),
    maxRetries,
    maxBodyBytes: Math.min(limit(0, "maxBodyBytes"), LONGEST_TEXT),
  };
}

/**
 * The number, if it is one from `least` to `most`.
 *
 * @throws TypeError for all else.
 */
export function atLeast(least: number, name: string, value: unknown, most = Infinity): number {
  if (typeof value === "number" && value >= least && value <= most) return value;
  const range = most === Infinity ? `${least}` : `${least} to ${most}`;
  throw invalid(name, `a number from ${range}`, value);
}
