// What the engine's reader of references takes from node:url, without the warning that Node prints for its names:
// the same parser by its class, which has no such warning.
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
