import type { MailHtml } from "@np6-archives/safe-mail";

/** Narrower mails fit on a phone as they are, wider ones are no newsletters. In pixels. */
const LEAST = 340;
const MOST = 1600;
/** The style sheet has a class for each step, and the body of a mail a margin. */
const STEP = 80;
const MARGIN = 16;

const MEDIA_OR_BRACE = /@media[^@{}]*\{|[{}]/g;
const TAG = /<\w[^<>]*>/g;
const WIDTH_OF_STYLE = /[\s;"]width\s*:/i;
const WIDTH_ATTRIBUTE = /\swidth\s*=\s*"?\d+/gi;
const FIXED_WIDTH = /(?<![\w-])(?:min-)?width\s*[:=]\s*(?:"\s*)?(\d{3,4})(?=px|["\s;])/gi;

/**
 * How wide a mail is drawn on a phone before it is scaled to fit: the largest width that its html fixes, rounded up.
 * Undefined where it fixes none. All readers wait meanwhile, so the time it takes grows no faster than the html does.
 */
export function drawnWidth({ opening, content }: MailHtml): number | undefined {
  const source = withoutMediaBlocks(`${opening}${content}`)
    // Where its style says a width, that of the attribute is none.
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

/** Without what holds on some widths alone. A pattern for whole blocks would need a stack as long as the block. */
function withoutMediaBlocks(source: string): string {
  let kept = "";
  let from = 0;
  let depth = 0;
  for (const { 0: token, index } of source.matchAll(MEDIA_OR_BRACE)) {
    if (depth === 0) {
      if (!token.startsWith("@")) continue;
      kept += source.slice(from, index);
      from = index;
    }
    depth += token === "}" ? -1 : 1;
    if (depth === 0) from = index + 1;
  }
  return kept + source.slice(from);
}
