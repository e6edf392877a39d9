// How the engine reads a spec whose schemas lead to each other: they stay references, to one bundle of all operations.
// Written out wherever one leads to another, as the engine does it, a few of them fill the memory; and what one
// operation's bundle has, the next one's lacks.
const { bundleTarget, resolveInlineRef } = require("@stoplight/json");
const RefParser = require("@stoplight/json-schema-ref-parser");
const { inOwnDialect } = require("./openapi-words.cjs");

exports.dereferenced = async (spec, options) => {
  const bundled = await new RefParser().bundle(spec, options);
  const document = await new RefParser().dereference(bundled, {
    dereference: { circular: "ignore" },
  });
  writeOut(document.paths, document, new Set());
  return inOwnDialect(document);
};

/** Writes out all but schemas: paths and callbacks are read in no other way. */
function writeOut(part, document, seen) {
  if (typeof part !== "object" || part === null || seen.has(part)) return;
  seen.add(part);
  for (const [key, value] of Object.entries(part)) {
    if (typeof value?.$ref === "string") {
      const { $ref, ...beside } = value;
      const whole = resolveInlineRef(document, $ref);
      part[key] = Object.keys(beside).length === 0 ? whole : { ...whole, ...beside };
    }
    if (key !== "schema") writeOut(part[key], document, seen);
  }
}

exports.bundleTogether = (document, operations) => {
  const { __bundled__ } = bundleTarget({
    document: { ...document, __target__: operations },
    path: "#/__target__",
    cloneDocument: false,
    // Where a schema stands is a name of its own; the engine's own names end at twenty that are alike.
    keyProvider: ({ path }) => path.join("_").replace(/[~/]/g, "_"),
  });
  for (const operation of operations) Object.assign(operation, __bundled__ && { __bundled__ });
};
