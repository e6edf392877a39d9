// Stands in for json-schema-faker, which only `Prefer: dynamic=true` needs and whose word lists take long to load.
let real;
const options = [];

exports.JSONSchemaFaker = {
  // Its only extension is added where the real one is loaded.
  extend() {},
  option(...chosen) {
    if (real === undefined) options.push(chosen);
    else real.option(...chosen);
  },
  generate(...asked) {
    if (real === undefined) {
      real = require("./invented-values.cjs");
      for (const chosen of options) real.option(...chosen);
    }
    return real.generate(...asked);
  },
};
