/** Something that a mail program would load by itself from another place, and that is not loaded here. */
export interface BlockedItem {
  /** What it would load. */
  readonly kind: "image" | "style" | "font" | "media" | "frame" | "script" | "page" | "other";
  /** From where, as the mail has it; a relative address is resolved against the html's `base`. */
  readonly address: string;
  /** Whether it looks like it only reports that the mail was opened: an image of 2 pixels or less, or a hidden one. */
  readonly looksLikeTracking: boolean;
}

/** The blocked items of one mail, each address once. */
export class BlockedItems {
  readonly #items = new Map<string, BlockedItem>();

  add(kind: BlockedItem["kind"], address: string, looksLikeTracking = false): void {
    const trimmed = address.trim();
    if (trimmed === "" || trimmed.startsWith("#") || /^(?:data|cid|about|mid):/i.test(trimmed))
      return;
    const known = this.#items.get(trimmed);
    if (known === undefined || (looksLikeTracking && !known.looksLikeTracking)) {
      this.#items.set(trimmed, { kind, address: trimmed, looksLikeTracking });
    }
  }

  list(): BlockedItem[] {
    return [...this.#items.values()];
  }
}
