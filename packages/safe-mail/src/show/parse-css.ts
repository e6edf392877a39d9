import { fork } from "css-tree";
import type { CssNode } from "css-tree";

/** A whole sheet, or what a `style` attribute holds. */
export type CssContext = "stylesheet" | "declarationList";

/**
 * Each error that css-tree meets and gets over is described with a copy of the whole sheet and a stack trace, so that a
 * sheet of errors takes minutes. Nobody reads them here: one serves for all.
 */
const UNREADABLE = new SyntaxError("Expected css that can be read.");

const quiet = fork((config) =>
  Object.assign(config, {
    parseContext: {
      stylesheet: quietly("StyleSheet"),
      declarationList: quietly("DeclarationList"),
    },
  }),
);

type Read = "StyleSheet" | "DeclarationList";

function quietly(
  read: Read,
): (this: Record<Read, () => CssNode> & { error: () => never }) => CssNode {
  return function () {
    this.error = () => {
      throw UNREADABLE;
    };
    return this[read]();
  };
}

/** The tree of a piece of CSS; what cannot be read is a `Raw` node in it. */
export function parseCss(css: string, context: CssContext): CssNode {
  return quiet.parse(css, { context, parseCustomProperty: true });
}
