import { valueAt } from "../../json-pointer.ts";
import { isObject } from "../openapi-names.ts";

type Node = Record<string, unknown>;

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch", "trace", "query"];

/** Whether a path item of a spec, or an operation in one, has a key. */
export function isSaidInPathItems(spec: Node, key: string): boolean {
  const isSaid = (node: unknown): boolean => isObject(node) && key in node;
  return Object.values(pathItemMaps(spec))
    .flatMap((items) => Object.values(items).filter(isObject))
    .some((item) => isSaid(item) || METHODS.some((method) => isSaid(item[method])));
}

/** The spec with a key moved from its path items into their operations, by `change`. */
export function withOperations(
  spec: Node,
  key: string,
  change: (operation: Node, ofPath: unknown) => Node,
): Node {
  const toItem = (item: unknown): unknown => {
    // A path item that refers to another has no operations of its own.
    if (!isObject(item) || "$ref" in item) return item;
    const { [key]: ofPath, ...others } = item;
    return mapped(others, (value, name) =>
      METHODS.includes(name) && isObject(value) ? change(value, ofPath) : value,
    );
  };
  const { pathItems, ...maps } = mapped(pathItemMaps(spec), (items) => mapped(items, toItem));
  const components = { ...(spec["components"] as Node | undefined), pathItems };
  return { ...spec, ...maps, ...(pathItems && { components }) };
}

function pathItemMaps(spec: Node): Record<string, Node> {
  const { paths, webhooks } = spec;
  const maps = { paths, webhooks, pathItems: valueAt(spec, ["components", "pathItems"]) };
  const found = Object.entries(maps).filter((pair): pair is [string, Node] => isObject(pair[1]));
  return Object.fromEntries(found);
}

function mapped<T, U>(
  values: Record<string, T>,
  change: (value: T, name: string) => U,
): Record<string, U> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, change(value, name)]),
  );
}
