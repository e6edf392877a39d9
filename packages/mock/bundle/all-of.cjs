// How the parts of an allOf are merged into one schema, by keyword. The engine's own rules lose meaning: of two
// references, or a reference with other keywords, it keeps only one reference; of two patterns, or two `contains`, it
// makes one that must hold in the same place; of several anyOf it makes one with every combination of their choices,
// which soon fills the memory. A resolver that returns undefined leaves the allOf as it is; then a read-only property
// is still asked for where another part requires it.

/** Keeps each value in an allOf of its own; the schemas in it are merged by themselves. */
const apart = (key) => (values, path, merge, options, keep) =>
  keep(
    values.map((value) => ({
      [key]: Array.isArray(value) ? value.map((one, index) => merge([one], index)) : value,
    })),
  );

exports.$ref = apart("$ref");
exports.pattern = apart("pattern");
exports.anyOf = apart("anyOf");
exports.oneOf = apart("oneOf");
exports.contains = (values, path, merge) => (values.length === 1 ? merge(values) : undefined);

const DESCRIBES = /^(?:x-|(?:[$]comment|deprecated|discriminator|example|externalDocs|xml)$)/;

/** Of keywords that only describe, the last one counts. */
exports.defaultResolver = (values, path) =>
  DESCRIBES.test(path.at(-1)) ? values.at(-1) : undefined;
