import { attribute } from "./elements.ts";
import type { Element } from "./elements.ts";

/** The most characters of all addresses that are resolved: a base makes each of many short ones long. */
const MOST_RESOLVED = 2_000_000;

/** Only for web addresses, of which none is longer. */
const BASE = /^https?:.{1,500}$/i;

/** The address against which a page's relative ones are resolved: that of its first `base`, as in browsers. */
export class BaseAddress {
  #base: string | undefined;
  #resolved = 0;

  /** For the next page of the same mail. */
  forget(): void {
    this.#base = undefined;
  }

  take(element: Element): void {
    const address = attribute(element, "href")?.trim() ?? "";
    if (BASE.test(address) && URL.canParse(address)) this.#base ??= address;
  }

  /** The resolved address; only trimmed without a base, or if it is within the page. */
  resolve(address: string): string {
    const written = address.trim();
    if (this.#base === undefined || written === "" || written.startsWith("#")) return written;
    if (
      this.#resolved > MOST_RESOLVED ||
      URL.canParse(written) ||
      !URL.canParse(written, this.#base)
    )
      return written;
    const { href } = new URL(written, this.#base);
    this.#resolved += href.length;
    return href;
  }
}
