import { escaped, pointerKeys, valueAt } from "../json-pointer.ts";
import { inheritedParameters, listed } from "./alike/said-above.ts";
import type { Pair } from "./alike/said-above.ts";
import { isMapped } from "./openapi-names.ts";
import { referred } from "./references.ts";

type Node = Record<string, unknown>;

const IN_OPERATION =
  /^(?<item>#\/(?:paths|webhooks|components\/pathItems)\/[^/]+)\/(?<method>[a-z]+)\/(?<key>parameters|security|servers)(?<tail>\/.*)?$/;

/**
 * Where the authors wrote what is compared at a place: there, or at the path item or the root if it applies to an
 * operation from above, or in `components`. `property` is the key that changed, if it is only one, and `isRemoved` says
 * that the place is in the old spec.
 */
export function writtenPlace(
  place: string,
  property: string | undefined,
  specs: Pair,
  isRemoved: boolean,
): string {
  const at = placeOfOperation(place, specs, isRemoved);
  const walked = pointerKeys(at).reduce((holder, key) => {
    const led = key === "$ref" ? holderOf(undefined, holder, specs) : holder;
    return led === holder ? `${holderOf(key, holder, specs)}/${escaped(key)}` : led;
  }, "#");
  return holderOf(property, walked, specs);
}

/** The place that has a key: the given one, or where its references lead, if that is the same in both specs. */
function holderOf(key: string | undefined, place: string, specs: Pair): string {
  const [before, after] = specs.map((spec) => holderIn(spec, key, place));
  return before === after ? before! : place;
}

function holderIn(spec: Node, key: string | undefined, place: string): string {
  const value = valueAt(spec, pointerKeys(place));
  // OpenAPI 3.1 allows other keys beside a reference.
  if (key !== undefined && valueAt(value, [key]) !== undefined) return place;
  // In a mapping, a reference is a bare string.
  const reference = isMapped(place) ? value : valueAt(value, ["$ref"]);
  const leads = typeof reference === "string" && reference.startsWith("#/");
  return leads ? holderIn(spec, key, reference) : place;
}

function placeOfOperation(place: string, [before, after]: Pair, isRemoved: boolean): string {
  const { item, method, key, tail = "" } = IN_OPERATION.exec(place)?.groups ?? {};
  if (item === undefined || method === undefined || key === undefined) return place;
  if (key === "parameters") {
    const [, index, ...within] = tail.split("/");
    const spec = isRemoved && within.length === 0 ? before : after;
    const atItem = parameterAtItem(spec, item, method, index);
    return atItem === undefined ? place : [atItem, ...within].join("/");
  }
  const holder = [[item, method], [item]].find((keys) =>
    [before, after].some((spec) => said(spec, [...keys, key]) !== undefined),
  );
  return `${holder?.join("/") ?? "#"}/${key}${tail}`;
}

/** Where the path item has this parameter, or all of them; undefined where the operation has its own. */
function parameterAtItem(
  spec: Node,
  item: string,
  method: string,
  index: string | undefined,
): string | undefined {
  const ofPath = listed(said(spec, [item, "parameters"]));
  const own = said(spec, [item, method, "parameters"]);
  if (index === undefined) return own === undefined ? `${item}/parameters` : undefined;
  const inherited = inheritedParameters(spec, listed(own), ofPath);
  const written = ofPath.indexOf(inherited[Number(index) - listed(own).length]);
  return written < 0 ? undefined : `${item}/parameters/${written}`;
}

/** The value at the keys of a path item, which may be a reference. */
function said(spec: Node, [item = "", ...keys]: readonly string[]): unknown {
  return valueAt(referred(spec, valueAt(spec, pointerKeys(item))), keys);
}
