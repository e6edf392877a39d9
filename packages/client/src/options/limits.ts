import { invalid } from "../errors/invalid.ts";
import type { RequestOptions } from "./options.ts";

/** The limits of a call. */
export interface Limits {
  timeout: number;
  totalTimeout: number;
  maxRetries: number;
}

/** The limits that `options` sets, over those of `defaults`. */
export function limitsOf(options: RequestOptions, defaults: Limits): Limits {
  return {
    timeout: atLeast(1, "timeout", options.timeout ?? defaults.timeout),
    totalTimeout: atLeast(1, "totalTimeout", options.totalTimeout ?? defaults.totalTimeout),
    maxRetries: atLeast(0, "maxRetries", options.maxRetries ?? defaults.maxRetries),
  };
}

/** A number from `least` up, Infinity included, or TypeError. */
export function atLeast(least: number, name: string, value: unknown): number {
  if (typeof value === "number" && value >= least) return value;
  throw invalid(name, `a number from ${least}`, value);
}
