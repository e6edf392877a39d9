import type { MailArchive } from "@np6-archives/client";
import type { Item, Trouble } from "../words/rows.ts";
import type { UnlistedState } from "../words/states.ts";
import type { Asking, SendingRange } from "./askings.ts";
import { clockWarning } from "./clock.ts";
import type { ActiveJob } from "./job.ts";
import { triesAt } from "./outage.ts";
import type { Outage } from "./outage.ts";
import { listingVerdict, troubleOf } from "./troubles.ts";

/** What a listing brought, or why there is none. */
type Answer =
  | { archives: MailArchive[]; requestId: string | null }
  | { state: UnlistedState; trouble: Trouble };

/** All listing calls of a run. */
export interface Listings {
  /** One listing, at the common pace, repeated until there is an answer. */
  list(by: Asking["by"], range: SendingRange | null): Promise<Answer>;
  /** What the listing of an item that worked before brings now; undefined where the API does not answer. */
  again(item: Item): Promise<readonly MailArchive[] | undefined>;
  /** Whether the API answers a listing that worked before; undefined where there is none. */
  probe(): Promise<boolean | undefined>;
}

/** @param api is told of failures. */
export function listings(job: ActiveJob, api: Outage): Listings {
  const { client, ledger, pace, giveUpAfter, onEvent, soft, hard, end } = job;

  function call(
    { stamp, action, target }: Asking["by"],
    range: SendingRange | null,
    signal: AbortSignal,
  ) {
    const options = { signal, maxRetries: 0 };
    if (stamp !== "") return client.listByStamp(stamp, options).withResponse();
    if (action === "") return client.listByTarget(target, range, options).withResponse();
    return client.listByActionAndTarget(action, target, range, options).withResponse();
  }

  let isClockTold = false;

  /** Checks each answer, as the clock may be set while a run goes on. */
  function lookAtClock({ headers }: Response): void {
    const message = isClockTold ? undefined : clockWarning(headers.get("date"), Date.now());
    if (message === undefined) return;
    isClockTold = true;
    onEvent({ event: "warning", message });
  }

  function answered(): void {
    pace.answered();
    api.worked();
  }

  async function again(item: Item): Promise<readonly MailArchive[] | undefined> {
    const started = await pace.turn(soft);
    try {
      const { data } = await call(item, null, soft);
      return data;
    } catch (error) {
      soft.throwIfAborted();
      const verdict = listingVerdict(error);
      if (verdict.is === "fatal") end(error);
      if (verdict.is === "limited") await pace.limited(started, verdict.wait);
      return verdict.is === "passing" ? undefined : [];
    }
  }

  return {
    async list(by, range) {
      const tries = triesAt(api, giveUpAfter, soft);
      for (;;) {
        await api.pass();
        const started = await pace.turn(soft);
        try {
          const { data, requestId, response } = await call(by, range, hard);
          answered();
          lookAtClock(response);
          return { archives: data, requestId: requestId ?? null };
        } catch (error) {
          if (hard.aborted) throw error;
          const verdict = listingVerdict(error);
          if (verdict.is === "fatal") throw error;
          if (verdict.is === "limited") {
            const wait = await pace.limited(started, verdict.wait);
            api.worked();
            onEvent({ event: "limited", wait, rate: pace.rate() });
            continue;
          }
          const trouble = troubleOf(error);
          if (verdict.is === "settled") {
            if (trouble.status !== undefined) answered();
            return { state: verdict.state, trouble };
          }
          if (!(await tries.failed(trouble.reason))) return { state: "failed", trouble };
        }
      }
    },
    again,
    // A new item may fail for reasons of its own, so one that worked before is asked.
    async probe() {
      const item = await ledger.working();
      return item && (await again(item)) !== undefined;
    },
  };
}
