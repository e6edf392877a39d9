import type { Redact } from "@np6-archives/spec/redact";
import type { Limits } from "../options/limits.ts";

/** A request as it goes out. */
export interface OutgoingRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  signal: AbortSignal | undefined;
  limits: Limits;
  redact: Redact;
  /** For a mail: the caller reads the body of a success, and no redirect is followed. */
  stream: boolean;
}

/** A request as messages call it: method and path, without the query and without secrets. */
export function nameOf({ method, url, redact }: OutgoingRequest): string {
  return `${method} ${redact(new URL(url).pathname)}`;
}
