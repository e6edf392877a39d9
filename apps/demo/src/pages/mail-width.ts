import type { MailHtml } from "@np6-archives/safe-mail";

/** Narrower mails fit on a phone as they are, wider ones are no newsletters. In pixels. */
const LEAST = 340;
const MOST = 1600;
/** The style sheet has a class for each step, and the body of a mail a margin. */
const STEP = 80;
const MARGIN = 16;

/** What holds on some widths alone, rules within it included. */
const MEDIA_BLOCK = /@media[^@{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}/g;
const WIDTH_ATTRIBUTE = /\swidth\s*=\s*"?\d+/gi;

/**
 * How wide a mail is drawn on a phone before it is scaled to fit: the largest width that its html fixes, rounded up.
 * Undefined where it fixes none.
 */
export function drawnWidth({ opening, content }: MailHtml): number | undefined {
  const source = `${opening}${content}`
    .replaceAll(MEDIA_BLOCK, "")
    // Where its style says a width, that of the attribute is none.
    .replaceAll(/<\w[^<>]*[\s;"]width\s*:[^<>]*>/gi, (tag) => tag.replaceAll(WIDTH_ATTRIBUTE, ""));
  const widths = [
    ...source.matchAll(/(?<![\w-])(?:min-)?width\s*[:=]\s*(?:"\s*)?(\d{3,4})(?=px|["\s;])/gi),
  ]
    .map(([, width]) => Number(width))
    .filter((width) => width > LEAST && width <= MOST);
  if (widths.length === 0) return undefined;
  return Math.ceil((Math.max(...widths) + MARGIN) / STEP) * STEP;
}
