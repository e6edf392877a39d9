export { startMock } from "./mock.ts";
export type { Mock, MockOptions } from "./mock.ts";
export type { Dataset, WellKnownId } from "./dataset.ts";
export type { DatasetArchive } from "./dataset-archive.ts";
export type { Fault, FaultMatch, InjectedFault } from "./fault.ts";
export type { JournalEntry, Violation } from "./journal.ts";
