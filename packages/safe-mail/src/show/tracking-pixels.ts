import { attribute } from "./elements.ts";
import type { Element } from "./elements.ts";

/** Zero, in any unit. */
const ZERO = String.raw`(?:0+(?:\.0*)?|\.0+)(?![\d.])`;
const HIDDEN = new RegExp(
  String.raw`(?:^|[;\s])(?:display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*${ZERO})`,
  "i",
);
const SIDES = {
  width: { said: styled("width"), most: styled("max-width") },
  height: { said: styled("height"), most: styled("max-height") },
};
const SIZED = /(?:^|[;\s])(?:max-|min-)?(?:width|height)\s*:/i;

function styled(property: string): RegExp {
  return new RegExp(String.raw`(?:^|[;\s])${property}\s*:\s*([\d.]+(?=px)|${ZERO})`, "i");
}

/** Whether an element hides itself. */
export function isHidden(element: Element, style: string): boolean {
  return attribute(element, "hidden") !== undefined || HIDDEN.test(style);
}

/**
 * Whether a picture is meant to be loaded, not to be seen.
 *
 * @param inHidden whether it is in a hidden box.
 */
export function looksLikeTracking(element: Element, style: string, inHidden: boolean): boolean {
  const width = sizeOf(element, style, "width");
  const height = sizeOf(element, style, "height");
  const isTiny = width === 0 || height === 0 || (width <= 2 && height <= 2);
  if (isTiny || isHidden(element, style)) return true;
  if (!inHidden || attribute(element, "alt")?.trim()) return false;
  // In a hidden box, a picture with a size or a text is meant for other screens.
  return !(width > 2 || height > 2 || SIZED.test(style));
}

/** In pixels; NaN where the size is not given in pixels. */
function sizeOf(element: Element, style: string, side: "width" | "height"): number {
  const { said, most } = SIDES[side];
  const size = Number.parseFloat(said.exec(style)?.[1] ?? attribute(element, side) ?? "");
  const limit = Number.parseFloat(most.exec(style)?.[1] ?? "");
  return Number.isNaN(size) || limit < size ? limit : size;
}
