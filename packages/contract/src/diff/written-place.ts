import { escaped, pointerKeys, valueAt } from "./openapi-names.ts";
import { referred } from "./references.ts";
import { inheritedParameters, listed } from "./said-above.ts";
import type { Pair } from "./said-above.ts";

type Node = Record<string, unknown>;

const IN_OPERATION =
  /^(?<item>#\/(?:paths|webhooks|components\/pathItems)\/[^/]+)\/(?<method>[a-z]+)\/(?<key>parameters|security|servers)(?<tail>\/.*)?$/;

/**
 * Where the author of two specs wrote what is compared at a place: there, at the path item or at the root, for what holds
 * at an operation, or among the components. `isRemoved` says that the place is one of the old spec.
 */
export function writtenPlace(place: string, specs: Pair, isRemoved: boolean): string {
  return referredPlace(placeOfOperation(place, specs, isRemoved), specs);
}

/** Behind the references on the way, where both specs have the same ones. */
function referredPlace(place: string, specs: Pair): string {
  return pointerKeys(place).reduce((walked, key) => {
    const at = `${walked}/${escaped(key)}`;
    const [before, after] = specs.map((spec) => lastReference(spec, at));
    return before === after ? before! : at;
  }, "#");
}

/** What a discriminator maps to: its references stand there bare. */
const KIND = /\/discriminator\/mapping\/[^/]+$/;

/** A place, or the one that the references at it lead to. */
function lastReference(spec: Node, place: string): string {
  const value = valueAt(spec, pointerKeys(place));
  const reference = KIND.test(place) ? value : valueAt(value, ["$ref"]);
  return typeof reference === "string" ? lastReference(spec, reference) : place;
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

/** Where a path item has the parameter of a place, or all of them; undefined where the operation has them itself. */
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

/** What a spec says at keys of a path item, which may be a reference. */
function said(spec: Node, [item = "", ...keys]: readonly string[]): unknown {
  return valueAt(referred(spec, valueAt(spec, pointerKeys(item))), keys);
}
