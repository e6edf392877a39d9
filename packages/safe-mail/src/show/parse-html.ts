import { defaultTreeAdapter, parse } from "parse5";
import type { DefaultTreeAdapterMap, DefaultTreeAdapterTypes, TreeAdapter } from "parse5";

/** How deep browsers let elements lie in each other: what is deeper stands beside the last one. */
const MOST_DEPTH = 512;

/**
 * The tree of a page, as a browser without scripts makes it: what was never closed, a thousand times over, makes no
 * tree that is too deep to walk.
 */
export function parseHtml(html: string): DefaultTreeAdapterTypes.Document {
  const depths = new WeakMap<DefaultTreeAdapterTypes.Node, number>();
  const depthOf = (node: DefaultTreeAdapterTypes.Node) => depths.get(node) ?? 0;
  const treeAdapter: TreeAdapter<DefaultTreeAdapterMap> = {
    ...defaultTreeAdapter,
    appendChild(asked, node) {
      const tooDeep = depthOf(asked) >= MOST_DEPTH && "parentNode" in asked;
      const parent = (tooDeep ? asked.parentNode : undefined) ?? asked;
      depths.set(node, depthOf(parent) + 1);
      defaultTreeAdapter.appendChild(parent, node);
    },
    insertBefore(parent, node, reference) {
      depths.set(node, depthOf(parent) + 1);
      defaultTreeAdapter.insertBefore(parent, node, reference);
    },
  };
  return parse(html, { scriptingEnabled: false, treeAdapter });
}
