const client = require("@np6-archives/client");

import("./program.mjs").then(async ({ program }) => {
  console.log(await program(client, process.argv[2]));
});
