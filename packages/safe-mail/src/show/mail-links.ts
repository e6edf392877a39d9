/** A link of a mail: shown, never followed. */
export interface MailLink {
  /** Where it goes, as the mail has it. */
  readonly address: string;
  /** The words (or the picture's alternative text) that carry it; empty for a bare address. */
  readonly text: string;
  /** Where in the mail it stands. */
  readonly place: "html" | "text" | "header" | "form";
  /** Whether following it may unsubscribe the customer. */
  readonly unsubscribes: boolean;
}

const UNSUBSCRIBE = /unsub|opt-?out|d[ée]sinscri|d[ée]sabonn|se d[ée]sin|abmelden|baja/i;
const ADDRESS_IN_TEXT = /\b(?:https?:\/\/|mailto:)[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}]/gi;

export function mailLink(place: MailLink["place"], address: string, text = ""): MailLink {
  return {
    address,
    text: text.replaceAll(/\s+/g, " ").trim(),
    place,
    unsubscribes: UNSUBSCRIBE.test(address) || UNSUBSCRIBE.test(text),
  };
}

/** The addresses written out in a plain text, each once. */
export function linksInText(text: string): MailLink[] {
  return [...new Set(text.match(ADDRESS_IN_TEXT))].map((address) => mailLink("text", address));
}

/** The addresses of a `List-Unsubscribe` header. Its name marks them all as unsubscribing. */
export function linksInHeader(value: string): MailLink[] {
  return [...value.matchAll(/<([^<>]+)>/g)].map(([, address = ""]) =>
    mailLink("header", address.trim(), "List-Unsubscribe"),
  );
}
