import { isDeepStrictEqual } from "node:util";
import { pointerTo } from "../../json-pointer.ts";
import { isData, isMap } from "../openapi-names.ts";

type Node = Record<string, unknown>;

/** Keywords of a schema whose list is a set: its order means nothing. */
const SETS = new Set(["required", "type"]);

/** Keys of a schema that may be `true` or `false`. Redocly understands those of `items` and of what is additional. */
const SCHEMAS = new Set(["contains", "else", "if", "not", "propertyNames", "schema", "then"]);

/** Keys with the values that mean the same as leaving them out. */
const DEFAULTS: Readonly<Record<string, unknown[]>> = {
  $defs: [{}],
  callbacks: [{}],
  content: [{}],
  dependentRequired: [{}],
  dependentSchemas: [{}],
  deprecated: [false],
  encoding: [{}],
  examples: [{}, []],
  // Booleans in OpenAPI 3.0; later they are numbers.
  exclusiveMaximum: [false],
  exclusiveMinimum: [false],
  headers: [{}],
  items: [{}, true],
  links: [{}],
  minContains: [1],
  minItems: [0],
  minLength: [0],
  minProperties: [0],
  nullable: [false],
  parameters: [[]],
  patternProperties: [{}],
  properties: [{}],
  propertyNames: [{}, true],
  readOnly: [false],
  required: [false, []],
  tags: [[]],
  uniqueItems: [false],
  variables: [{}],
  webhooks: [{}],
  writeOnly: [false],
};

const OF_PARAMETERS = { allowEmptyValue: [false], allowReserved: [false] };

/**
 * More of these, by the key that they are in, `""` for the document itself. Not in an encoding, where writing one out
 * has a meaning.
 */
const DEFAULTS_IN = new Map<string, typeof DEFAULTS>([
  ["", { security: [[]], servers: [[], [{ url: "/" }]] }],
  ["headers", OF_PARAMETERS],
  ["parameters", OF_PARAMETERS],
  ["xml", { attribute: [false], wrapped: [false] }],
]);

/** How a parameter is written by default, by where it is. */
const STYLES: Readonly<Record<string, string>> = {
  cookie: "form",
  header: "simple",
  path: "simple",
  query: "form",
};

/**
 * A spec, or a part of it, in one normal form of the many that mean the same: lists sorted where their order means
 * nothing, a list of one type as that type, `nullable` as one of the types, `const` as an `enum`, bytes as an encoding,
 * an exclusive bound as a number, a schema `true` or `false` as an object, and without defaults. `holder` is the key of
 * the part, or of the map or list that contains it.
 */
export function inOneWriting(part: unknown, holder = "", isNames = false): unknown {
  if (typeof part !== "object" || part === null) return part;
  if (Array.isArray(part)) return part.map((item) => inOneWriting(asObject(item), holder));
  const node = isNames ? (part as Node) : inNewerWords(part as Node);
  const pairs = Object.entries(node)
    .filter(([key]) => isNames || !isDefault(node, key, holder))
    .map(([key, value]) => {
      if (isNames) return [key, inOneWriting(asObject(value), holder)];
      if (isData(key, value)) return [key, comparable(key, value)];
      if (SCHEMAS.has(key)) return [key, inOneWriting(asObject(value), key)];
      if (key === "prefixItems" && Array.isArray(value)) return [key, value.map(inItsPosition)];
      if (SETS.has(key) && Array.isArray(value)) return [key, setInOneWriting(key, value)];
      if (key === "additionalProperties" && isDeepStrictEqual(value, {})) return [key, true];
      return [key, inOneWriting(value, key, isMap(key, value))];
    });
  return Object.fromEntries(pairs);
}

/** What stands in a list or map, or at one of the keys {@link SCHEMAS}: if a boolean, it is a schema. */
function asObject(part: unknown): unknown {
  if (typeof part !== "boolean") return part;
  return part ? {} : { not: {} };
}

/** The key of an item's position. */
export const POSITION = "x-position";

/** An item of `prefixItems`, whose order has a meaning: Redocly compares any list as if it had none. */
function inItsPosition(item: unknown, index: number): Node {
  return { ...(inOneWriting(asObject(item)) as Node), [POSITION]: index };
}

/**
 * Data for Redocly, which sees no change of a list or an object that is a value of a schema, and follows what looks
 * like a reference anywhere.
 */
function comparable(key: string, data: unknown): unknown {
  if (key === "enum" && Array.isArray(data)) return data.map(asText);
  if (key === "const" || key === "default") return asText(data);
  const text = JSON.stringify(data) ?? "";
  return text.includes('"$ref":') ? JSON.parse(text.replaceAll('"$ref":', '"$ref ":')) : data;
}

/** A list or an object as JSON with its keys sorted; anything else as it is. */
function asText(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(
          Object.entries(part).toSorted(([one], [other]) => (one < other ? -1 : 1)),
        )
      : part,
  );
}

/** A schema in the words of OpenAPI 3.1, where 3.0 had others; any other part as it is. */
function inNewerWords(node: Node): Node {
  if (typeof node["mapping"] === "object") return withoutOwnNames(node);
  if (node["nullable"] === true && node["type"] !== undefined) {
    const { nullable: _null, type, ...others } = node;
    return inNewerWords({ ...others, type: [...new Set([type, "null"].flat())] });
  }
  const kinds = node["anyOf"] === undefined ? "oneOf" : "anyOf";
  if (node["nullable"] === true && Array.isArray(node[kinds])) {
    const { nullable: _null, ...others } = node;
    return inNewerWords({ ...others, [kinds]: [...(node[kinds] as unknown[]), { type: "null" }] });
  }
  if ("const" in node && !("enum" in node)) {
    const { const: only, ...others } = node;
    return inNewerWords({ ...others, enum: [only] });
  }
  if (node["format"] === "byte" && !("contentEncoding" in node)) {
    const { format: _byte, ...others } = node;
    return inNewerWords({ ...others, contentEncoding: "base64" });
  }
  const [bound, exclusive] = BOUNDS.find(([, key]) => node[key] === true) ?? [];
  if (bound !== undefined && exclusive !== undefined && bound in node) {
    const { [bound]: limit, ...others } = node;
    return inNewerWords({ ...others, [exclusive]: limit });
  }
  return node;
}

/** A discriminator without the values that are the names of their schemas, as those are mapped anyway. */
function withoutOwnNames({ mapping, ...others }: Node): Node {
  const said = Object.entries(mapping ?? {}).filter(
    ([value, schema]) => schema !== pointerTo(["components", "schemas", value]),
  );
  return said.length === 0 ? others : { ...others, mapping: Object.fromEntries(said) };
}

/** The bounds of a number, and the keyword that makes each exclusive. */
const BOUNDS = [
  ["maximum", "exclusiveMaximum"],
  ["minimum", "exclusiveMinimum"],
] as const;

function setInOneWriting(key: string, set: unknown[]): unknown {
  if (key === "type" && set.length === 1) return set[0];
  return set.toSorted((one, other) => String(one).localeCompare(String(other)));
}

function isDefault(node: Node, key: string, holder: string): boolean {
  // Its keys are names.
  if (holder === "security") return false;
  const same = [DEFAULTS, DEFAULTS_IN.get(holder) ?? {}].flatMap((values) =>
    Object.hasOwn(values, key) ? values[key]! : [],
  );
  if (same.some((value) => isDeepStrictEqual(value, node[key]))) return true;
  // A section that names nothing.
  if (holder === "components" && isMap(key, node[key]) && isDeepStrictEqual(node[key], {}))
    return true;
  const isStyled = holder === "encoding" && "style" in node;
  if (holder !== "parameters" && holder !== "headers" && !isStyled) return false;
  const usual = STYLES[holder === "headers" ? "header" : String(node["in"])];
  if (key === "style") return node[key] === usual;
  return key === "explode" && node[key] === ((node["style"] ?? usual) === "form");
}
