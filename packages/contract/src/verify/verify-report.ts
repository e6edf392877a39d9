import type { Report } from "../report/report.ts";
import { answersTable } from "./open-questions.ts";
import type { VerifyReport } from "./verify.ts";

/** What verify found, for the reporters. */
export function verifyReport(result: VerifyReport): Report {
  const { server, verdict, checks, answers, requests, duration } = result;
  const items = checks.map(({ id, holds, provenance: sure, outcome, findings }) => ({
    id,
    title: `${holds} (${sure})`,
    outcome,
    lines: findings.map(
      ({ where, expected, received, provenance }) =>
        `${where}: expected ${expected}, received ${received} (${provenance})`,
    ),
  }));
  const count = (outcome: string): number =>
    items.filter((item) => item.outcome === outcome).length;
  const seconds = duration / 1000;
  const violated = items.filter(({ outcome }) => outcome === "violation").map(({ id }) => id);
  const named = violated.length === 0 ? "" : ` (${violated.join(", ")})`;
  const counts =
    `${count("pass")} hold, ${violated.length} violated${named}, ${count("observation")} observations, ` +
    `${count("unseen")} not seen; ${requests} requests, ${seconds.toFixed(1)} s`;
  return {
    subject: server,
    items,
    summary: `The contract ${verdict === "holds" ? "holds" : "is violated"}: ${counts}.`,
    ...(answers.length === 0 ? {} : { appendix: answersTable(answers, server) }),
    seconds,
    data: result,
  };
}
