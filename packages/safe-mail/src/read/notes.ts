import type { MailNote } from "../safe-mail.ts";

/** What had to be guessed in a mail, or was left out, each once. */
export class Notes {
  readonly #notes = new Map<string, MailNote>();

  add(kind: MailNote["kind"], text: string): void {
    // A hostile mail may cause thousands.
    if (this.#notes.size < 100) this.#notes.set(text, { kind, text });
  }

  readonly guessedCharset = (): void => this.add("charset", "The charset of a header was guessed.");

  list(): MailNote[] {
    return [...this.#notes.values()];
  }
}
