/** What is somebody's data, whatever it looks like. */
const DATA = new Set(["const", "enum", "example", "examples"]);

/** What says of a value without a type which it may be. */
const RULES = ["$ref", "allOf", "anyOf", "enum", "not", "oneOf"];

const LIMITS = [
  ["minimum", "exclusiveMinimum"],
  ["maximum", "exclusiveMaximum"],
];

/**
 * Puts what OpenAPI 3.0 has of its own into words of JSON Schema, as far as the engine does not: by a schema with another
 * word it would hold a body to nothing at all.
 */
exports.inJsonSchema = (part, seen = new Set()) => {
  if (typeof part !== "object" || part === null || seen.has(part)) return;
  seen.add(part);
  for (const [key, value] of Object.entries(part)) {
    // A property may have any name.
    const parts = key === "properties" ? Object.values(value ?? {}) : DATA.has(key) ? [] : [value];
    for (const one of parts) exports.inJsonSchema(one, seen);
  }
  for (const [limit, exclusive] of LIMITS) {
    if (typeof part[exclusive] !== "boolean") continue;
    if (part[exclusive]) part[exclusive] = part[limit];
    else delete part[exclusive];
  }
  if (typeof part.nullable !== "boolean" || part.type !== undefined) return;
  if (part.nullable) {
    const rules = RULES.filter((rule) => part[rule] !== undefined);
    part.anyOf = [Object.fromEntries(rules.map((rule) => [rule, part[rule]])), { type: "null" }];
    for (const rule of rules) if (rule !== "anyOf") delete part[rule];
  }
  delete part.nullable;
};
