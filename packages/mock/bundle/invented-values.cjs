const { faker } = require("@faker-js/faker/locale/en");
const { JSONSchemaFaker } = require("json-schema-faker");

JSONSchemaFaker.extend("faker", () => faker);

/** Formats that answers are held to, and of which the faker does not know what is right. */
const FORMATS = {
  byte: "^([A-Za-z0-9+/]{4}){1,9}$",
  duration: "^P[1-9][DMWY]$",
  url: "^https://example\\.com/[a-z]{1,9}$",
};
for (const [format, pattern] of Object.entries(FORMATS)) {
  JSONSchemaFaker.format(format, () => JSONSchemaFaker.random.randexp(pattern));
}
module.exports = JSONSchemaFaker;
