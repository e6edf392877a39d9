import type { MailArchive } from "@np6-archives/spec";
import { dueListings } from "../survey/survey.ts";
import type { Listing, OperationName, Survey } from "../survey/survey.ts";
import { seenIn } from "./check.ts";
import type { Finding } from "./check.ts";

/** The element of the spec that describes an archive, as keys from its root. */
export const ARCHIVE = ["components", "schemas", "MailArchive"];

/** The element for one of its properties. */
export function property(name: keyof MailArchive): string[] {
  return [...ARCHIVE, "properties", name];
}

/** A list that was answered, and the request for it. */
export interface List extends Listing {
  archives: MailArchive[];
}

/** The lists that were answered for these operations, by default for all. */
export function lists(survey: Survey, ...operations: OperationName[]): List[] {
  return dueListings(survey).flatMap(({ operation, exchange }) => {
    const isAsked = operations.length === 0 || operations.includes(operation);
    const { archives } = exchange;
    return isAsked && archives !== undefined ? [{ exchange, operation, archives }] : [];
  });
}

/** The findings of every archive of the lists; undefined where there is no archive at all. */
export function ofEach(
  all: List[],
  look: (item: MailArchive, at: string, list: List, index: number) => Finding[],
): Finding[] | undefined {
  if (all.every(({ archives }) => archives.length === 0)) return undefined;
  return all.flatMap((list) =>
    list.archives.flatMap((item, index) =>
      seenIn(list.exchange, look(item, `${list.exchange.label}: body/${index}`, list, index)),
    ),
  );
}
