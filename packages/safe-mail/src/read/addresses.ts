import { decodeHeader } from "./encoded-words.ts";
import { trimmed, withoutComments } from "./header-fields.ts";

const TOKEN =
  /=\?[^?\s]{1,80}\?[bq]\?[^?\r\n]*\?=|"(?:[^"\\]|\\.)*"@?|<[ \t]*"(?:[^"\\]|\\.)*"@[^<>"]*>|<[^<>]*>?|\\.|[^"<\\(),:;=]+|[^]/giy;

/** Python's mail package also encoded the comma between two people where it broke the line there. */
const ENCODED_COMMA = /^=\?[^?]*\?q\?=2c\?=$/i;

/**
 * The people of a `From`, `To` or the like: `Name <address>`, separated by commas. A name with a comma that should have
 * been quoted stays whole, and a group keeps its name.
 *
 * @param raw each character one byte.
 */
export function readAddresses(raw: string, mailCharset: string): string {
  const people: string[] = [];
  let person = new Person(mailCharset);
  let group = "";
  let comment = "";
  const ends = commentEnds(raw);
  const next = () => {
    const written = person.written();
    if (written !== "") {
      people.push(group + written);
      group = "";
    }
    person = new Person(mailCharset);
  };
  const endGroup = () => {
    next();
    // An empty group.
    if (group !== "") people.push(group.trimEnd());
    group = "";
  };
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(raw); match !== null; match = TOKEN.exec(raw)) {
    const [token] = match;
    const end = ends.get(match.index);
    if (token === "(" && end !== undefined) {
      const written = raw.slice(TOKEN.lastIndex, end).replaceAll(/\\([\\()])/g, "$1");
      person.comment(written);
      comment ||= written;
      TOKEN.lastIndex = end + 1;
    } else if (token === ";") {
      endGroup();
    } else if (token === "," || (ENCODED_COMMA.test(token) && person.hasAddress())) {
      next();
    } else if (token === ":" && person.isScheme()) {
      person = new Person(mailCharset);
    } else if (token === ":" && person.canBeGroup()) {
      group = `${person.written()}: `;
      person = new Person(mailCharset);
    } else {
      if (/^<.+@/s.test(token) && person.hasMailbox) {
        // The comma before this one is missing.
        const name = person.takeRest();
        next();
        person.write(name);
      }
      person.add(token);
    }
  }
  endGroup();
  return people.join(", ") || decodedWords(comment, mailCharset);
}

/**
 * Where each comment ends, by where it begins. One without an end reaches to the end of the text if no address follows;
 * otherwise it is only a bracket.
 */
function commentEnds(raw: string): Map<number, number> {
  const ends = new Map<number, number>();
  const open: number[] = [];
  for (let at = 0; at < raw.length; at++) {
    if (raw[at] === "\\") at++;
    else if (raw[at] === "(") open.push(at);
    else if (raw[at] === ")") {
      const start = open.pop();
      if (start !== undefined) ends.set(start, at);
    }
  }
  const last = [...raw.matchAll(/[^\s(@]@[^\s@]/g)].at(-1)?.index ?? -1;
  for (const start of open) if (start > last) ends.set(start, raw.length);
  return ends;
}

const decodedWords = (text: string, charset: string) =>
  decodeHeader(trimmed(text), charset).replaceAll(/\s+/g, " ").trim();

/** A longer text is no group's name. */
const MOST_NAME = 1000;

class Person {
  readonly #charset: string;
  /** Without comments. */
  #name = "";
  #withComments = "";
  #address = "";
  /** The brackets in which the address was found. */
  #brackets = "";
  /** The length of the name when the address came, without and with comments. */
  #before: readonly [number, number] = [0, 0];
  #comment = "";
  /** Whether there was a mailbox in brackets. */
  hasMailbox = false;

  constructor(charset: string) {
    this.#charset = charset;
  }

  add(token: string): void {
    const hasAddress = this.#address.trim() !== "";
    const address = token.startsWith("<") ? bareAddress(token.slice(1).replace(/>$/, "")) : "";
    if (token.startsWith("<") && (!hasAddress || (!this.hasMailbox && isMailbox(address)))) {
      // The earlier brackets are then a part of the name.
      if (hasAddress) this.write(this.#brackets + this.takeRest());
      this.#brackets = token;
      this.#address = address || " ";
      this.hasMailbox = isMailbox(address);
      this.#before = [this.#name.length, this.#withComments.length];
    } else if (hasAddress && token.trim() === ">") {
      // From a doubled pair of brackets.
    } else if (token.startsWith('"')) {
      // A quoted local part keeps its quotes. A quotation mark alone is dropped.
      this.write(token.endsWith("@") ? token : token.slice(1, -1).replaceAll(/\\(.)/g, "$1"));
    } else this.write(token.startsWith("\\") ? token.slice(1) : token);
  }

  write(text: string): void {
    this.#name += text;
    this.#withComments += text;
  }

  /** Removes and returns what follows the address. */
  takeRest(): string {
    const rest = this.#withComments.slice(this.#before[1]);
    this.#name = this.#name.slice(0, this.#before[0]);
    this.#withComments = this.#withComments.slice(0, this.#before[1]);
    return rest;
  }

  comment(text: string): void {
    this.#comment ||= text;
    this.#withComments += `(${text})`;
  }

  /** Whether the person is complete here: otherwise an encoded comma is a part of the name. */
  hasAddress(): boolean {
    return (
      this.hasMailbox ||
      (this.#name.length < MOST_NAME && /^\s*[^\s@]+@[^\s@]+\s*$/.test(this.#name))
    );
  }

  canBeGroup(): boolean {
    return (
      this.#address === "" &&
      this.#name.length < MOST_NAME &&
      !this.#name.includes("@") &&
      this.#name.trim() !== ""
    );
  }

  isScheme(): boolean {
    return this.#name.length < MOST_NAME && this.#name.trim().toLowerCase() === "mailto";
  }

  written(): string {
    const words = (text: string) => decodedWords(text, this.#charset);
    const address = words(this.#address);
    if (this.#address !== "") {
      const name = words(this.#name) === "" ? words(this.#comment) : words(this.#withComments);
      if (address === "") return name;
      return name === "" ? address : `${name} <${address}>`;
    }
    const all = trimmed(this.#name);
    const from = bareAddressAt(all);
    const bare = all.slice(from);
    if (!bare.includes("@")) {
      if (all !== "" && !all.includes("@")) return words(this.#withComments);
      const joined = all.replaceAll(BLANKS_AROUND_DOT, ".");
      return words(/[\s"]/.test(joined) ? all : joined);
    }
    const name = words(all.slice(0, from)) || words(this.#comment);
    return name === "" ? words(bare) : `${name} <${words(bare)}>`;
  }
}

const isMailbox = (address: string) => /.@/s.test(address);

/** Matched only from the first blank of a run, so that the time stays linear. */
const BLANKS_AROUND_DOT = /(?<![ \t])[ \t]*\.[ \t]*/g;
const BLANKS_AROUND_MARK = /(?<![ \t])[ \t]*([.@])[ \t]*/g;

/** Without what else may be in an address's brackets: comments, blanks, and a source route (RFC 5322, section 4.4). */
function bareAddress(inner: string): string {
  const written = trimmed(trimmed(inner).replace(/^mailto:/i, ""));
  if (written.includes('"')) return written;
  const bare = withoutComments(written).replaceAll(BLANKS_AROUND_MARK, "$1");
  return trimmed(bare.replace(/^@[^:<>]*:/, ""));
}

/** Where the last word begins; its local part may be quoted. */
function bareAddressAt(text: string): number {
  const quoted = text.lastIndexOf('"@');
  if (quoted > 0) {
    let start = text.lastIndexOf('"', quoted - 1);
    while (start > 0 && isEscaped(text, start)) start = text.lastIndexOf('"', start - 1);
    return Math.max(0, start);
  }
  return Math.max(text.lastIndexOf(" "), text.lastIndexOf("\t")) + 1;
}

function isEscaped(text: string, at: number): boolean {
  let from = at;
  while (text[from - 1] === "\\") from--;
  return (at - from) % 2 === 1;
}
