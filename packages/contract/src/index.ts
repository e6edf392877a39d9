export { contractFetch } from "./contract-fetch.ts";
export type { ContractFetchOptions } from "./contract-fetch.ts";
export { ContractViolationError } from "./violation.ts";
export type { Violation } from "./violation.ts";
