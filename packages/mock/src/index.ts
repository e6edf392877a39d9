export { startMock } from "./mock.ts";
export type { MockOptions } from "./mock-options.ts";
export type { Mock } from "./running-mock.ts";
export type { LinkState, OwnArchive, OwnMail } from "./data/own-archive.ts";
export type { Dataset, WellKnownId } from "./data/dataset.ts";
export type { DatasetArchive } from "./data/dataset-archive.ts";
export type { Fault, FaultMatch, InjectedFault } from "./server/fault.ts";
export type { JournalEntry, Violation } from "./server/journal.ts";
