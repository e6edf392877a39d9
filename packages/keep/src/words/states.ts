/**
 * `listed`: all its archives are settled · `unknown`: 404 · `forbidden`: 403 · `invalid`: a bad row, or 400 ·
 * `failed`: it kept failing while others worked · `open`: not asked yet.
 */
export type ItemState = "listed" | "unknown" | "forbidden" | "invalid" | "failed" | "open";

/** The states of an item that could not be listed. */
export type UnlistedState = Exclude<ItemState, "listed" | "open">;

/**
 * `kept` · `blank`: listed without a link · `expired`, and no fresh link to be had · `missing`: the storage has no
 * such mail · `damaged`: its bytes do not match after retries · `conflict`: a kept id was listed with other bytes ·
 * `failed`: it kept failing while others worked · `erased`.
 */
export type ArchiveState =
  | "kept"
  | "blank"
  | "expired"
  | "missing"
  | "damaged"
  | "conflict"
  | "failed"
  | "erased";

/** In the order of the balance. */
export const ITEM_STATES = [
  "listed",
  "unknown",
  "forbidden",
  "invalid",
  "failed",
  "open",
] as const satisfies ItemState[];

/** In the order of the balance. */
export const ARCHIVE_STATES = [
  "kept",
  "blank",
  "expired",
  "missing",
  "damaged",
  "conflict",
  "failed",
  "erased",
] as const satisfies ArchiveState[];

/** How many there are of each state, and in all; computed from the ledger, whenever it is asked. */
export interface Balance {
  /** How many there are in each state and in all: distinct items, and bad rows. */
  worklist: Record<"total" | ItemState, number>;
  /** How many settled archives there are in each state and in all. */
  archives: Record<"total" | ArchiveState, number>;
}

/** The counts of a balance, from those of the states that there are. */
export function countsOf<State extends string>(
  states: readonly State[],
  found: readonly { state: string; n: number }[],
): Record<"total" | State, number> {
  const known = new Map(found.map(({ state, n }) => [state, n]));
  const total = found.reduce((sum, { n }) => sum + n, 0);
  const each = states.map((state) => [state, known.get(state) ?? 0] as const);
  return Object.fromEntries([["total", total], ...each]) as Record<"total" | State, number>;
}

/** The counts of a balance that are no gaps. */
const NO_GAPS = new Set(["total", "listed", "kept", "erased"]);

/**
 * How many gaps there are of each kind, such as `archive expired`; kinds without any are left out. Erased is no gap.
 */
export function gapsOf({ worklist, archives }: Balance): Record<string, number> {
  const gaps = Object.entries({ item: worklist, archive: archives }).flatMap(([kind, counts]) =>
    Object.entries(counts)
      .filter(([state, n]) => n > 0 && !NO_GAPS.has(state))
      .map(([state, n]) => [`${kind} ${state}`, n] as const),
  );
  return Object.fromEntries(gaps);
}

/** Whether anything is missing that should be kept. */
export function hasGaps(balance: Balance): boolean {
  return Object.keys(gapsOf(balance)).length > 0;
}

/** The balance in two lines, zeros included. */
export function balanceText({ worklist, archives }: Balance): string {
  const lines = [
    lineOf("worklist", worklist, ITEM_STATES),
    lineOf("archives", archives, ARCHIVE_STATES),
  ];
  return lines.join("\n");
}

function lineOf(name: string, counts: Record<string, number>, states: readonly string[]): string {
  return `${name} ${counts["total"]} = ${states.map((state) => `${counts[state]} ${state}`).join(" + ")}`;
}
