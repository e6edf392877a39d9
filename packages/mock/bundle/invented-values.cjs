const { faker } = require("@faker-js/faker/locale/en");
const { JSONSchemaFaker } = require("json-schema-faker");

JSONSchemaFaker.extend("faker", () => faker);
module.exports = JSONSchemaFaker;
