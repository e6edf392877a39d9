/** A link of a mail: shown, never followed. */
export interface MailLink {
  /** Where it goes, as the mail has it; a relative address is resolved against the html's `base`. */
  readonly address: string;
  /** The link's text, or its picture's alternative text; empty for a bare address. */
  readonly text: string;
  /** Where in the mail it is. */
  readonly place: "html" | "text" | "header" | "form";
  /** Whether following it may unsubscribe the customer. */
  readonly unsubscribes: boolean;
}

/** Some of these also occur within other words: `rebajas`, `trabaja`, `adopt-outdoor`. */
const UNSUBSCRIBE = new RegExp(
  [
    "unsub|opt[-_ ]?out(?<!adopt.?out)",
    "d[ée]sinscri|d[ée]sabonn|ne plus recevoir",
    "abmelden|abbestell|uitschrijven|disiscri[vz]",
    "baja(?![a-zà-ÿ])(?<![a-zà-ÿ](?<!de)baja)|cancelar (?:(?:la|mi|tu|su) )?sub?scripci[óo]n",
  ].join("|"),
  "i",
);
const ADDRESS_IN_TEXT = /\b(https?:\/\/|mailto:)([^\s<>"`]+)/gi;

/** @param written the address as the mail has it: once resolved, its letters may be escaped. */
export function mailLink(
  place: MailLink["place"],
  address: string,
  text = "",
  written = address,
): MailLink {
  const words = text.replaceAll(/\s+/g, " ").trim();
  // Accents may be separate characters, and soft hyphens may be within words.
  const plain = words.normalize("NFC").replaceAll(/\p{Cf}/gu, "");
  return {
    address,
    text: words,
    place,
    unsubscribes: UNSUBSCRIBE.test(written) || UNSUBSCRIBE.test(plain),
  };
}

/** The addresses written out in a plain text, each once. */
export function linksInText(text: string): MailLink[] {
  const found = new Set<string>();
  for (const [, scheme = "", written = ""] of text.matchAll(ADDRESS_IN_TEXT)) {
    const rest = withoutEnd(written);
    if (rest !== "") found.add(scheme + rest);
  }
  return [...found].map((address) => mailLink("text", address));
}

/** What may follow an address in a sentence; beyond ASCII any punctuation. */
const AROUND = /[.,;:!?'*\])}]|[^\P{P}!-~]/u;

const OPENING = new Map(
  ["()", "[]", "{}", "（）", "［］", "「」", "『』", "【】", "《》"].map(
    (pair) => [pair.charAt(1), pair.charAt(0)] as const,
  ),
);

/**
 * Without punctuation at the end, which belongs to the sentence, and without a closing bracket that the address does
 * not open.
 */
function withoutEnd(address: string): string {
  const count = (mark: string) => address.split(mark).length;
  const unopened = new Map<string, number>();
  let end = address.length;
  for (; end > 0; end--) {
    const last = address.charAt(end - 1);
    if (!AROUND.test(last)) break;
    const opening = OPENING.get(last);
    if (opening === undefined) continue;
    const left = unopened.get(last) ?? count(last) - count(opening);
    if (left <= 0) break;
    unopened.set(last, left - 1);
  }
  return address.slice(0, end);
}

/**
 * The addresses of a `List-Unsubscribe` header, in which blanks mean nothing (RFC 2369, section 2). Some senders forget
 * the brackets. All count as unsubscribing because of the header's name.
 */
export function linksInHeader(value: string): MailLink[] {
  const inBrackets = Array.from(value.matchAll(/<([^<>]+)>/g), ([, address = ""]) =>
    address.replaceAll(/\s+/g, ""),
  );
  const apart = value.replaceAll(/[,;](?=https?:|mailto:)/gi, " ");
  const found =
    inBrackets.length > 0 ? inBrackets : linksInText(apart).map(({ address }) => address);
  return found.map((address) => mailLink("header", address, "List-Unsubscribe"));
}
