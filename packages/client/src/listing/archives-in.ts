import type { MailArchive } from "@np6-archives/spec";
import { mailArchivesShapeIssues } from "@np6-archives/spec/validate";
import type { BodyIssue } from "@np6-archives/spec/validate";
import { parsedJson, unusableBody } from "../http/received-answer.ts";
import type { Answer } from "../http/received-answer.ts";

const MOST_ISSUES = 10;

/**
 * The archives in a success's body.
 *
 * With `validate` false the items are not checked, only that the body is a list.
 *
 * @throws ResponseValidationError when it is no list, or an archive is not as documented.
 */
export function archivesIn(answer: Answer, validate: boolean): MailArchive[] {
  const { text } = answer;
  const body = parsedJson(text);
  let issues: BodyIssue[] = [];
  if (body === undefined) {
    const received = text === "" ? "nothing" : "text that is not JSON";
    issues = [{ path: "", expected: "array", received }];
  } else if (validate || !Array.isArray(body)) {
    issues = mailArchivesShapeIssues(body, MOST_ISSUES);
  }
  if (issues.length === 0) return body as MailArchive[];
  const shown = issues.slice(0, 3).map((issue) => {
    return `${issue.path || "the body"}: expected ${issue.expected}, got ${issue.received}`;
  });
  throw unusableBody(answer, `no list of archives: ${shown.join("; ")}`, issues);
}
