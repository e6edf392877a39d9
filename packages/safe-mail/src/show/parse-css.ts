import { fork } from "css-tree";
import type { CssNode } from "css-tree";

/** A whole style sheet, or the content of a `style` attribute. */
export type CssContext = "stylesheet" | "declarationList";

/**
 * css-tree makes an error with a copy of the whole sheet and a stack trace for each fault, even those from which it
 * recovers, so a faulty sheet would take minutes. Nobody reads them here, so one error serves for all.
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
