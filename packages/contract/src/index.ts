export { contractFetch } from "./contract-fetch.ts";
export { diff } from "./diff.ts";
export { CouldNotRunError } from "./probe.ts";
export { verify } from "./verify.ts";
export { ContractViolationError } from "./violation.ts";

export type { CheckResult, Finding } from "./check.ts";
export type { ContractFetchOptions } from "./contract-fetch.ts";
export type { Bump, SpecChange, SpecDiff } from "./diff.ts";
export type { Answer } from "./open-questions.ts";
export type { Provenance } from "./spec-facts.ts";
export type { VerifyOptions, VerifyReport } from "./verify.ts";
export type { Violation } from "./violation.ts";
