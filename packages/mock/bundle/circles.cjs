// Reads a spec whose schemas refer to each other in circles: they stay references, into one bundle for all operations.
// The engine would write them out wherever they are referred to, which fills the memory with only a few of them; and
// each operation would get a bundle of its own that lacks what another one's has.
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

/** Resolves all references but those in schemas: in paths and callbacks the engine does not follow them. */
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
    // The schema's place makes a unique name; the engine gives up after twenty schemas with similar names.
    keyProvider: ({ path }) => path.join("_").replace(/[~/]/g, "_"),
  });
  for (const operation of operations) Object.assign(operation, __bundled__ && { __bundled__ });
};
