export { erase } from "./erase.ts";
export { keep, retry } from "./keep.ts";
export { openKept } from "./open-kept.ts";
export { personBag } from "./person/person-bag.ts";
export { reconcile } from "./reconcile/reconcile.ts";
export { status } from "./status.ts";
export { verify } from "./verify/verify-store.ts";
export { work } from "./work.ts";
export { KeepError } from "./words/keep-error.ts";
export { UnwritableError } from "./words/store-failures.ts";

export type { EraseOptions, EraseReport } from "./erase.ts";
export type { KeepOptions, RetryOptions } from "./keep.ts";
export type { KeepReport, RunOptions } from "./lead-run.ts";
export type { KeptArchive, KeptMails, KeptQuery } from "./open-kept.ts";
export type { KeepClient } from "./run/keep-client.ts";
export type { StoreOptions } from "./store-places.ts";
export type { PersonOptions, PersonReport } from "./person/person-bag.ts";
export type { ReconcileOptions, ReconcileReport } from "./reconcile/reconcile.ts";
export type { Status } from "./status.ts";
export type { Finding } from "./verify/finding.ts";
export type { VerifyOptions, VerifyReport } from "./verify/verify-store.ts";
export type { WorkOptions } from "./work.ts";
export type {
  ArchiveEvent,
  FinishedEvent,
  ItemEvent,
  KeepEvent,
  LimitedEvent,
  Outcome,
  OutageEvent,
  ProgressEvent,
  StartedEvent,
  WarningEvent,
} from "./words/events.ts";
export type { Trouble } from "./words/rows.ts";
export type { ArchiveState, Balance, ItemState } from "./words/states.ts";
export type { WorklistSource } from "./worklist/worklist-source.ts";
