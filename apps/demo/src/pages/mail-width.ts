import type { MailHtml } from "@np6-archives/safe-mail";

/** The widths that are considered: narrower mails fit on a phone, and wider ones are no newsletters. In pixels. */
const LEAST = 340;
const MOST = 1600;
/** The style sheet has a class for each step. A mail's body has a margin. */
const STEP = 80;
const MARGIN = 16;

const MEDIA = /@media[^@{}]*\{/g;
const TAG = /<\w[^<>]*>/g;
const WIDTH_OF_STYLE = /[\s;"]width\s*:/i;
const WIDTH_ATTRIBUTE = /\swidth\s*=\s*"?\d+/gi;
const FIXED_WIDTH = /(?<![\w-])(?:min-)?width\s*[:=]\s*(?:"\s*)?(\d{3,4})(?=px|["\s;])/gi;

/**
 * How wide a mail is drawn on a phone before it is scaled to fit: the largest fixed width in its html, rounded up.
 * Undefined where there is none. It blocks the process, so its time must stay linear in the size of the html.
 */
export function drawnWidth({ opening, content }: MailHtml): number | undefined {
  const source = withoutMediaBlocks(`${opening}${content}`)
    // A width in the style overrides the attribute.
    .replaceAll(TAG, (tag) =>
      WIDTH_OF_STYLE.test(tag) ? tag.replaceAll(WIDTH_ATTRIBUTE, "") : tag,
    );
  let widest = 0;
  for (const [, digits] of source.matchAll(FIXED_WIDTH)) {
    const width = Number(digits);
    if (width > LEAST && width <= MOST) widest = Math.max(widest, width);
  }
  return widest === 0 ? undefined : Math.ceil((widest + MARGIN) / STEP) * STEP;
}

/** Without media blocks, which only apply at some widths; one without an end stays. */
function withoutMediaBlocks(source: string): string {
  let kept = "";
  let from = 0;
  for (const { 0: start, index } of source.matchAll(MEDIA)) {
    if (index < from) continue;
    const end = endOfBlock(source, index + start.length);
    if (end === undefined) break;
    kept += source.slice(from, index);
    from = end;
  }
  return kept + source.slice(from);
}

/** Not a regular expression, which would need a stack as deep as the block is long, and much time for each brace. */
function endOfBlock(source: string, start: number): number | undefined {
  let depth = 1;
  for (let at = start; at < source.length; at++) {
    const letter = source[at];
    if (letter === "{") depth += 1;
    else if (letter === "}") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return undefined;
}
