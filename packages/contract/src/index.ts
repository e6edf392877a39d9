export { contractFetch } from "./contract-fetch/contract-fetch.ts";
export { diff } from "./diff/diff.ts";
export { CouldNotRunError } from "./survey/could-not-run.ts";
export { verify } from "./verify/verify.ts";
export { ContractViolationError } from "./exchange/violation.ts";

export type { CheckResult, Finding } from "./checks/check.ts";
export type { ContractFetchOptions } from "./contract-fetch/contract-fetch-options.ts";
export type { Bump, SpecChange, SpecDiff } from "./diff/diff.ts";
export type { Answer } from "./verify/open-questions.ts";
export type { Provenance } from "./survey/spec-facts.ts";
export type { Versions } from "./report/versions.ts";
export type { VerifyOptions } from "./verify/verify-options.ts";
export type { VerifyReport } from "./verify/verify.ts";
export type { Violation } from "./exchange/violation.ts";
