import type { IncomingMessage } from "node:http";
import type { Answer } from "./answer.ts";

/** Headers for every answer: any page may read it, and all of its headers. */
export const CORS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "*",
};

/** Whether this is a browser's preflight request. */
export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === "OPTIONS" && headers["access-control-request-method"] !== undefined;
}

/** Allows whatever is asked for: the user's own spec may have any method. */
export function preflightAnswer({ headers }: IncomingMessage): Answer {
  const method = headers["access-control-request-method"];
  const asked = headers["access-control-request-headers"];
  return {
    status: 204,
    headers: {
      ...(method !== undefined && { "access-control-allow-methods": method }),
      ...(asked !== undefined && { "access-control-allow-headers": asked }),
      "access-control-max-age": "600",
    },
  };
}
