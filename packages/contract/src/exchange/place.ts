import { describeValue } from "./violation.ts";
import type { Violation } from "./violation.ts";

/** A violation that still lacks its operation and request. */
export type Place = Pick<Violation, "where" | "expected" | "received">;

/** Makes a {@link Place}. */
export function place(where: string, expected: string, received: string): Place {
  return { where, expected, received };
}

/** A place within a body that was parsed. */
export function bodyPlace(
  body: unknown,
  where: "request.body" | "response.body",
  path: readonly string[],
  expected: string,
): Place {
  const value = path.reduce<unknown>(
    (parent, key) => (parent as Record<string, unknown> | null | undefined)?.[key],
    body,
  );
  const pointer = path.map((key) => key.replaceAll("~", "~0").replaceAll("/", "~1"));
  return place([where, ...pointer].join("/"), expected, describeValue(value));
}
