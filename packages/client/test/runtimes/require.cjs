const client = require("@np6-archives/client");

async function main() {
  const { program } = await import("./program.mjs");
  console.log(await program(client, process.argv[2]));
}

void main();
