import type { MailArchive } from "@np6-archives/spec";
import { mailArchivesIssues } from "@np6-archives/spec/validate";
import type { BodyIssue } from "@np6-archives/spec/validate";
import type { Answer } from "./answer.ts";
import { ResponseValidationError } from "./errors.ts";
import { nameOf } from "./transport.ts";

const MOST_ISSUES = 10;

/**
 * The archives in a success.
 *
 * With `validate` false each item is taken as it came; that they come as a list is checked all the same.
 *
 * @throws ResponseValidationError
 */
export function archivesIn(answer: Answer, validate: boolean): MailArchive[] {
  let body: unknown;
  let issues: BodyIssue[];
  try {
    body = JSON.parse(answer.text);
    issues = Array.isArray(body) && !validate ? [] : mailArchivesIssues(body);
  } catch {
    const received = answer.text === "" ? "nothing" : "text that is not JSON";
    issues = [{ path: "", expected: "array", received }];
  }
  if (issues.length === 0) return body as MailArchive[];
  throw new ResponseValidationError(nameOf(answer.request), {
    status: answer.received.status,
    requestId: answer.requestId,
    issues: issues.slice(0, MOST_ISSUES),
  });
}
