import type { CheckResult } from "../checks/check.ts";
import type { Report, ReportItem } from "../report/report.ts";
import { answersTable } from "./open-questions.ts";
import type { VerifyReport } from "./verify.ts";

/** What verify found, for the reporters. */
export function verifyReport(result: VerifyReport): Report {
  const { server, startedAt, versions, missing, answers, duration } = result;
  return {
    command: "verify",
    subject: server,
    startedAt,
    versions,
    items: result.checks.map((check) => reportItem(check, missing.includes(check.id))),
    summary: summaryOf(result),
    ...(answers.length === 0 ? {} : { appendix: answersTable(answers, server) }),
    seconds: duration / 1000,
    data: result,
  };
}

function reportItem(check: CheckResult, isMissing: boolean): ReportItem {
  const { id, holds, provenance: sure, outcome, findings, duration } = check;
  const lines = findings.map(({ where, expected, received, provenance, requestId }) => {
    const suffix = requestId === undefined ? "" : `, request id ${requestId}`;
    return `${where}: expected ${expected}, received ${received} (${provenance})${suffix}`;
  });
  return {
    id,
    title: `${holds} (${sure})`,
    outcome: isMissing ? "violation" : outcome,
    lines: isMissing ? ["Not seen, and everything is required to be."] : lines,
    seconds: duration / 1000,
  };
}

function summaryOf({ checks, missing, requests, duration, verdict }: VerifyReport): string {
  const idsOf = (outcome: CheckResult["outcome"]): string[] =>
    checks.filter((check) => check.outcome === outcome).map(({ id }) => id);
  const count = (outcome: CheckResult["outcome"]): number => idsOf(outcome).length;
  const flaky = checks.flatMap(({ findings }) => findings.filter(({ as }) => as === "flaky"));
  const violated = idsOf("violation");
  const heading =
    verdict === "holds"
      ? "The contract holds"
      : violated.length > 0
        ? "The contract is violated"
        : "The contract was not seen whole";
  return [
    `${heading}: ${count("pass") + count("flaky")} hold`,
    `${violated.length} violated${named(violated)}`,
    `${count("observation")} observations`,
    ...(flaky.length === 0 ? [] : [`${flaky.length} flaky`]),
    `${count("unseen")} not seen${named(missing)}; ${requests} requests`,
    `${(duration / 1000).toFixed(1)} s.`,
  ].join(", ");
}

function named(ids: readonly string[]): string {
  return ids.length === 0 ? "" : ` (${ids.join(", ")})`;
}
