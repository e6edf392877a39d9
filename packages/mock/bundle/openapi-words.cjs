/** Keywords whose value is data, whatever it looks like. */
const DATA = new Set(["const", "default", "enum", "example", "examples"]);

/** Keywords that restrict a value. */
const RULES = ["$ref", "allOf", "anyOf", "enum", "not", "oneOf", "type"];

const LIMITS = [
  ["minimum", "exclusiveMinimum"],
  ["maximum", "exclusiveMaximum"],
];

/** Applies a change to the direct subschemas of a schema. */
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
 * Sets the dialect of an OpenAPI 3.1 (or later) document to JSON Schema 2020-12: OpenAPI's own dialect only adds
 * keywords that do not validate. Without a dialect the engine would take its schemas for draft 7, and ignore booleans
 * in an anyOf; with OpenAPI's own it would validate nothing.
 */
exports.inOwnDialect = function inOwnDialect(document) {
  const { openapi, jsonSchemaDialect } = document;
  const isOpenApis = jsonSchemaDialect?.startsWith?.("https://spec.openapis.org/oas/3.") ?? true;
  const isOwn = isOpenApis && /^3\.[1-9]/.test(openapi);
  return isOwn ? { ...document, jsonSchemaDialect: DRAFT_2020_12 } : document;
};

/** Converted schemas: operations share them. */
const known = new WeakMap();

/**
 * A schema with the keywords that only OpenAPI 3.0 has converted to JSON Schema, as far as the engine does not do it:
 * with an unknown keyword in a schema it would not validate a body at all.
 *
 * Done only when a validator is made: until then references may point into the schema as it was written, and the parts
 * of an allOf are not merged.
 */
exports.inJsonSchema = function inJsonSchema(part) {
  if (known.has(part)) return known.get(part);
  const schema = { ...part };
  known.set(part, schema);
  changeParts(schema, inJsonSchema);
  // References are resolved by now, and a schema that is used twice must not count as two with the same id.
  for (const id of ["$id", "id"]) if (typeof schema[id] === "string") delete schema[id];
  for (const [limit, exclusive] of LIMITS) {
    if (typeof schema[exclusive] !== "boolean") continue;
    if (schema[exclusive]) schema[exclusive] = schema[limit];
    else delete schema[exclusive];
  }
  const { nullable } = schema;
  if (typeof nullable !== "boolean") return schema;
  const rules = RULES.filter((rule) => schema[rule] !== undefined);
  // The validator knows `nullable` beside a type alone; a merged allOf may have more.
  if (nullable && rules.join() === "type") return schema;
  if (nullable) {
    const value = Object.fromEntries(rules.map((rule) => [rule, schema[rule]]));
    for (const rule of rules) delete schema[rule];
    schema.anyOf = [value, { type: "null" }];
  }
  delete schema.nullable;
  return schema;
};

/**
 * A schema whose single type decides how its parameter is written: without null, and as it stands where the style lets
 * the value be a text as well.
 */
exports.ofOneType = (schema, style) => {
  const types = [schema?.type].flat().filter((one) => one !== "null");
  const type = ["array", "object"].find((one) => types.includes(one));
  const mayBeText = types.length > 1 && (style === "form" || style === "simple");
  return type === undefined || mayBeText ? schema : { ...schema, type };
};

/** The schema to check a parameter's text: several types of a oneOf may match it, as 5 is both a number and a text. */
exports.schemaOfText = ({ schema }) => {
  const types = new Set(schema?.oneOf?.map(({ type }) => String(type)));
  if (types.size < 2 || schema.anyOf !== undefined) return schema;
  const { oneOf, ...others } = schema;
  return { ...others, anyOf: oneOf };
};

/**
 * A schema without the properties that are not to be kept, neither in `properties` nor in `required`, in any of its
 * parts.
 */
exports.filtered = function filtered(part, isKept) {
  const schema = { ...part };
  changeParts(schema, (one) => filtered(one, isKept));
  // Unchanged, as with fewer conditions these would match more values.
  for (const key of ["if", "not"]) if (key in part) schema[key] = part[key];
  const out = Object.entries(part.properties ?? {}).flatMap(([name, property]) =>
    Object(property) !== property || isKept(property) ? [] : [name],
  );
  for (const name of out) delete schema.properties[name];
  if (Array.isArray(part.required))
    schema.required = part.required.filter((name) => !out.includes(name));
  return schema;
};

/**
 * Without the flags if the pattern is invalid with them: most are written for engines that allow any letter after a
 * backslash, as JavaScript does without `u`.
 */
exports.regExp = (pattern, flags) => {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return new RegExp(pattern);
  }
};
// Ajv needs this to print validators as code.
exports.regExp.code = "new RegExp";
