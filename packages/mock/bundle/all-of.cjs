// How the parts of an allOf are made one schema, by what two of them say. The engine would keep the first of two references
// alone, and nothing that stands beside one; of two patterns, and of what a list has to contain, it would make one that asks
// for both in the same place; of some anyOf, one with each choice of theirs, of which there are soon more than memory has
// room for. Without an answer the allOf stays one, and what is read-only in one part is asked for where another requires it.

/** Each stays, in an allOf of its own; the schemas in it are merged by themselves. */
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

/** Of words that only describe the last counts. */
exports.defaultResolver = (values, path) =>
  DESCRIBES.test(path.at(-1)) ? values.at(-1) : undefined;
