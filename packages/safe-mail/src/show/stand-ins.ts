import type { Element, ElementContent, Root } from "hast";
import type { Schema } from "hast-util-sanitize";
import { SKIP, visit } from "unist-util-visit";
import { mailSchema } from "./mail-schema.ts";
import { renameTypes } from "./safe-css.ts";

const KEPT = new Set(mailSchema.tagNames);
const STRIPPED = new Set(mailSchema.strip);

/** Text that a browser takes as it stands. */
const PREFORMATTED = new Set(["xmp", "listing", "plaintext"]);

/** What is gone with all that it holds, and can be missed. */
const MISSED: Readonly<Record<string, string>> = {
  svg: "A drawing (svg)",
  math: "A formula (math)",
  iframe: "A frame (iframe)",
  frameset: "A set of frames",
  embed: "Something embedded",
  select: "A list to choose from (select)",
  textarea: "A field for text (textarea)",
  input: "A field of a form (input)",
};

/** How browsers show those that have a stand-in. Weaker than anything the mail says itself. */
export const STAND_IN_STYLE =
  ":where(x-form,x-fieldset,x-legend,x-dialog,x-search,x-hgroup,x-optgroup){display:block}" +
  ":where(x-fieldset){border:2px groove #c0c0c0;margin:0 2px;padding:.35em .75em .625em}" +
  ":where(x-dialog:not([open])){display:none}" +
  ":where(x-dialog[open]){border:solid;padding:1em;width:fit-content;margin:auto;background:#fff;color:#000}" +
  ":where(x-button){display:inline-block;box-sizing:border-box;padding:1px 6px;border:2px outset #767676;" +
  "background-color:#efefef;color:#000;font:13.3333px Arial;text-align:center}" +
  ":where(x-marquee){display:inline-block}";

/**
 * Elements that can do something (forms, buttons, dialogs) and unknown ones are replaced by elements of another name
 * that can not, but that keep their box and their style: `form` becomes `x-form`, in the style sheets as well.
 */
export class StandIns {
  readonly #names = new Set<string>();
  readonly #leftOut = new Set<string>();

  /** The allow-list, with the stand-ins. */
  get schema(): Schema {
    return {
      ...mailSchema,
      tagNames: [...KEPT, ...this.#names],
      attributes: { ...mailSchema.attributes, "x-dialog": ["open"] },
    };
  }

  /** What is not shown at all, in a few words each. */
  get leftOut(): string[] {
    return [...this.#leftOut];
  }

  /** Changes the tree. */
  replace(tree: Root, source: string): void {
    const sheets: Element[] = [];
    visit(tree, "element", (element, index, parent) => {
      const { tagName, properties } = element;
      if (tagName === "style") sheets.push(element);
      if (properties["popover"] !== undefined && tagName !== "dialog") properties["hidden"] = true;
      if (tagName === "font") properties["size"] = fontSize(element, source);
      if (tagName === "input" && isButton(element)) asButton(element);
      if (PREFORMATTED.has(element.tagName)) element.tagName = "pre";
      if (element.tagName === "pre") keepFirstLine(element);
      if (STRIPPED.has(element.tagName)) return this.#leave(element);
      if (KEPT.has(element.tagName)) return undefined;
      // A browser would move it out of the table, in which it has no box.
      const isInTable = /^(?:table|t(?:head|body|foot|r))$/.test(
        parent?.type === "element" ? parent.tagName : "",
      );
      if (isInTable && parent !== undefined && index !== undefined) {
        parent.children.splice(index, 1, ...(element.children as ElementContent[]));
        return [SKIP, index];
      }
      if (/^[a-z][\w-]*$/.test(element.tagName) && this.#names.size < 500) {
        this.#names.add(`x-${element.tagName}`);
        element.tagName = `x-${element.tagName}`;
      }
      return undefined;
    });
    if (this.#names.size === 0) return;
    for (const sheet of sheets)
      for (const child of sheet.children)
        if (child.type === "text")
          child.value = renameTypes(child.value, (name) =>
            this.#names.has(`x-${name}`) ? `x-${name}` : undefined,
          );
  }

  #leave({ tagName, properties }: Element): typeof SKIP {
    const what = Object.hasOwn(MISSED, tagName) ? MISSED[tagName] : undefined;
    if (what !== undefined && properties["type"] !== "hidden") this.#leftOut.add(what);
    return SKIP;
  }
}

function isButton({ properties }: Element): boolean {
  return /^(?:submit|button|reset)$/i.test(String(properties["type"]));
}

function asButton(element: Element): void {
  const { value, type } = element.properties;
  element.tagName = "button";
  element.children = [
    { type: "text", value: String(value ?? (type === "reset" ? "Reset" : "Submit")) },
  ];
}

/** A browser drops a line end at the beginning of such text, so one more keeps the first. */
function keepFirstLine(element: Element): void {
  const [first] = element.children;
  if (first?.type === "text" && first.value.startsWith("\n")) first.value = `\n${first.value}`;
}

/** The size of a font counts from 3 where it has a sign (HTML, 15.3.4), which the tree does not keep. */
function fontSize({ properties, position }: Element, source: string): number | undefined {
  const size = Number.parseInt(String(properties["size"]), 10);
  if (Number.isNaN(size)) return undefined;
  const at = position?.start.offset;
  const tag = at === undefined ? "" : source.slice(at, at + 1000);
  const hasPlus = /^[^>]*?\ssize\s*=\s*["']?\s*\+/i.test(tag);
  return Math.min(7, Math.max(1, hasPlus || size < 0 ? 3 + size : size));
}
