// The parts of node:url that the engine's reference resolver uses, without the deprecation warning that Node prints for
// them: the same parser by its class, which does not warn.
const { Url, format } = require("node:url");

function parse(text, query, slashes) {
  if (text instanceof Url) return text;
  const parsed = new Url();
  parsed.parse(text, query, slashes);
  return parsed;
}

module.exports = {
  format: (value) => (value instanceof Url ? value.format() : format(value)),
  parse,
  resolve: (from, to) =>
    parse(from, false, true)
      .resolveObject(parse(to, false, true))
      .format(),
};
