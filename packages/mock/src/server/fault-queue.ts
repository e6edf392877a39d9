import type { FaultMatch, FaultPlan } from "./fault.ts";
import { checkedInjection } from "./fault.ts";

/** The injected faults that have not been used up. */
export class FaultQueue {
  #waiting: { match: FaultMatch; plan: FaultPlan; left: number }[] = [];

  /** @throws TypeError when the fault is not understood. */
  inject(value: unknown): void {
    const { match, plan, times } = checkedInjection(value);
    this.#waiting.push({ match, plan, left: times });
  }

  /** The oldest fault that matches this request, which uses it up once; undefined when there is none. */
  take(request: { origin: "api" | "blob"; method: string; path: string }): FaultPlan | undefined {
    if (this.#waiting.length === 0) return undefined;
    const index = this.#waiting.findIndex(
      ({ match }) =>
        (match.origin ?? request.origin) === request.origin &&
        (match.method ?? request.method).toUpperCase() === request.method &&
        request.path.startsWith(match.path ?? ""),
    );
    const found = this.#waiting[index];
    if (found === undefined) return undefined;
    found.left -= 1;
    if (found.left === 0) this.#waiting.splice(index, 1);
    return found.plan;
  }

  clear(): void {
    this.#waiting = [];
  }
}
