import { defaultTreeAdapter, parse } from "parse5";
import type { DefaultTreeAdapterMap, DefaultTreeAdapterTypes, TreeAdapter } from "parse5";

/** How deep browsers nest elements: a deeper one becomes a sibling of the last. */
const MOST_DEPTH = 512;

/** A node that knows its depth. */
type Deep<Node> = Node & { depth?: number };

const TREE: TreeAdapter<DefaultTreeAdapterMap> = {
  ...defaultTreeAdapter,
  createElement(tagName, namespaceURI, attrs) {
    const element: Deep<DefaultTreeAdapterTypes.Element> = defaultTreeAdapter.createElement(
      tagName,
      namespaceURI,
      attrs,
    );
    element.depth = 0;
    return element;
  },
  appendChild(asked: Deep<DefaultTreeAdapterTypes.ParentNode>, node) {
    const tooDeep = (asked.depth ?? 0) >= MOST_DEPTH && "parentNode" in asked;
    const parent = (tooDeep ? asked.parentNode : undefined) ?? asked;
    deepen(parent, node);
    // Not `push`: V8 would reserve room for seventeen, and most elements have one child.
    if (parent.childNodes.length === 0) parent.childNodes = [node];
    else parent.childNodes.push(node);
    node.parentNode = parent;
  },
  detachNode(node) {
    const siblings = node.parentNode?.childNodes ?? [];
    // Searched from the end: too deep nesting makes a long list, of which the parser moves the last ones.
    const at = siblings.lastIndexOf(node);
    if (at !== -1) siblings.splice(at, 1);
    node.parentNode = null;
  },
  insertBefore(parent, node, reference) {
    deepen(parent, node);
    defaultTreeAdapter.insertBefore(parent, node, reference);
  },
};

function deepen(
  parent: Deep<DefaultTreeAdapterTypes.ParentNode>,
  node: Deep<DefaultTreeAdapterTypes.ChildNode>,
): void {
  if (node.depth !== undefined) node.depth = (parent.depth ?? 0) + 1;
}

/**
 * The tree of a page, as a browser without scripts makes it. Even thousands of unclosed elements do not make it too
 * deep to walk.
 */
export function parseHtml(html: string): DefaultTreeAdapterTypes.Document {
  return parse(html, { scriptingEnabled: false, treeAdapter: TREE });
}
