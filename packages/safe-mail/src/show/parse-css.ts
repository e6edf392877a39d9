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

interface Parser extends Record<Read, () => CssNode> {
  error: () => never;
  /** The tokens of the piece. */
  offsetAndType: Uint32Array | null;
  balance: Uint32Array | null;
}

/** As large as css-tree makes these buffers at least. */
const SMALL_BUFFER = 16 * 1024;

function quietly(read: Read): (this: Parser) => CssNode {
  return function () {
    this.error = () => {
      throw UNREADABLE;
    };
    try {
      return this[read]();
    } finally {
      forgetTokens(this);
    }
  };
}

/**
 * css-tree uses its buffers again, and takes a token that is left in one for the bracket around the next piece, which
 * it may then read without end. It also clears a large one again for each small piece.
 */
function forgetTokens(parser: Parser): void {
  if ((parser.balance?.length ?? 0) > SMALL_BUFFER) {
    parser.offsetAndType = null;
    parser.balance = null;
  } else parser.offsetAndType?.fill(0);
}

/** The tree of a piece of CSS; what cannot be read is a `Raw` node in it. */
export function parseCss(css: string, context: CssContext): CssNode {
  return quiet.parse(css, { context, parseCustomProperty: true });
}
