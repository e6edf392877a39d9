/** A link of a mail: shown, never followed. */
export interface MailLink {
  /** Where it goes, as the mail has it; a relative one with the `base` of its html. */
  readonly address: string;
  /** The words (or the picture's alternative text) that carry it; empty for a bare address. */
  readonly text: string;
  /** Where in the mail it stands. */
  readonly place: "html" | "text" | "header" | "form";
  /** Whether following it may unsubscribe the customer. */
  readonly unsubscribes: boolean;
}

/** Some are a part of other words as well: `rebajas`, `trabaja`, `adopt-outdoor`. */
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

/** @param written the address as the mail has it: made whole by a base, it has escapes in the place of letters. */
export function mailLink(
  place: MailLink["place"],
  address: string,
  text = "",
  written = address,
): MailLink {
  const words = text.replaceAll(/\s+/g, " ").trim();
  // Marks may stand apart from their letters, and invisible hyphens within words.
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

/** What a sentence has around an address; beyond ASCII any mark. */
const AROUND = /[.,;:!?'*\])}]|[^\P{P}!-~]/u;

const OPENING = new Map(
  ["()", "[]", "{}", "（）", "［］", "「」", "『』", "【】", "《》"].map(
    (pair) => [pair.charAt(1), pair.charAt(0)] as const,
  ),
);

/** Marks at the end belong to the sentence around an address, and so does a bracket that it has not opened itself. */
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
 * the brackets around them. Its name marks them all as unsubscribing.
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
