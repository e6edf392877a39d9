/** What is somebody's data, whatever it looks like. */
const DATA = new Set(["const", "default", "enum", "example", "examples"]);

/** What says of a value which it may be. */
const RULES = ["$ref", "allOf", "anyOf", "enum", "not", "oneOf", "type"];

const LIMITS = [
  ["minimum", "exclusiveMinimum"],
  ["maximum", "exclusiveMaximum"],
];

/** Changes the schemas in a schema. */
function changeParts(schema, change) {
  const changed = (part) => {
    if (Array.isArray(part)) return part.map(changed);
    return typeof part === "object" && part !== null ? change(part) : part;
  };
  for (const [key, value] of Object.entries(schema)) {
    // A property may have any name.
    if (key === "properties")
      schema.properties = Object.fromEntries(
        Object.entries(value ?? {}).map(([name, one]) => [name, changed(one)]),
      );
    else if (!DATA.has(key)) schema[key] = changed(value);
  }
}

const DRAFT_2020_12 = "https://json-schema.org/draft/2020-12/schema";

/**
 * A document that says of its schemas that they are JSON Schema 2020-12, as OpenAPI has it from 3.1 on: it adds words that
 * say nothing of what is valid. Where no dialect is named the engine takes them for draft 7, without what is true or false
 * in an anyOf, and where OpenAPI's own is, it holds nothing to them.
 */
exports.inOwnDialect = function inOwnDialect(document) {
  const { openapi, jsonSchemaDialect } = document;
  const isOpenApis = jsonSchemaDialect?.startsWith?.("https://spec.openapis.org/oas/3.") ?? true;
  const isOwn = isOpenApis && /^3\.[1-9]/.test(openapi);
  return isOwn ? { ...document, jsonSchemaDialect: DRAFT_2020_12 } : document;
};

/** Operations have their schemas in common. */
const known = new WeakMap();

/**
 * A schema with what OpenAPI 3.0 has of its own put into words of JSON Schema, as far as the engine does not: by a schema
 * with another word it would hold a body to nothing at all.
 *
 * As late as the validator is made: references may lead into the schema as it was written, and what an allOf says together
 * is known when it is merged.
 */
exports.inJsonSchema = function inJsonSchema(part) {
  if (known.has(part)) return known.get(part);
  const schema = { ...part };
  known.set(part, schema);
  changeParts(schema, inJsonSchema);
  // By now no reference asks for one, and a schema that stands in two places is no second of its name.
  for (const id of ["$id", "id"]) if (typeof schema[id] === "string") delete schema[id];
  for (const [limit, exclusive] of LIMITS) {
    if (typeof schema[exclusive] !== "boolean") continue;
    if (schema[exclusive]) schema[exclusive] = schema[limit];
    else delete schema[exclusive];
  }
  const { nullable } = schema;
  if (typeof nullable !== "boolean") return schema;
  const rules = RULES.filter((rule) => schema[rule] !== undefined);
  // Beside a type alone the validator knows it; what an allOf says together may have more.
  if (nullable && rules.join() === "type") return schema;
  if (nullable) {
    const value = Object.fromEntries(rules.map((rule) => [rule, schema[rule]]));
    for (const rule of rules) delete schema[rule];
    schema.anyOf = [value, { type: "null" }];
  }
  delete schema.nullable;
  return schema;
};

/** A schema by whose type it is told how its parameter is written: without what else the value may be, such as null. */
exports.ofOneType = (schema) => {
  const type = ["array", "object"].find((one) => [schema?.type].flat().includes(one));
  return type === undefined ? schema : { ...schema, type };
};

/** What a parameter's text is held to: of a oneOf of several types it may well be more than one, as 5 is a number and a text. */
exports.schemaOfText = ({ schema }) => {
  const types = new Set(schema?.oneOf?.map(({ type }) => String(type)));
  if (types.size < 2 || schema.anyOf !== undefined) return schema;
  const { oneOf, ...others } = schema;
  return { ...others, anyOf: oneOf };
};

/** A schema whose parts have, and ask for, the properties alone that are to be kept. */
exports.filtered = function filtered(part, isKept) {
  const schema = { ...part };
  changeParts(schema, (one) => filtered(one, isKept));
  // These ask for nothing: with less in them they would be true of more.
  for (const key of ["if", "not"]) if (key in part) schema[key] = part[key];
  const out = Object.entries(part.properties ?? {}).flatMap(([name, property]) =>
    Object(property) !== property || isKept(property) ? [] : [name],
  );
  for (const name of out) delete schema.properties[name];
  if (Array.isArray(part.required))
    schema.required = part.required.filter((name) => !out.includes(name));
  return schema;
};

/** Most patterns are written for engines that take any letter after a backslash, as JavaScript's does without `u`. */
exports.regExp = (pattern, flags) => {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
};
// Ajv asks for it, to write out validators.
exports.regExp.code = "new RegExp";
