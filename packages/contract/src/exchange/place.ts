import { escaped, valueAt } from "../json-pointer.ts";
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
  const pointer = [where, ...path.map((key) => escaped(key))].join("/");
  return place(pointer, expected, describeValue(valueAt(body, path)));
}
