// The size, minified and gzipped, of what a page or worker loads to list one target's archives.
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const PROGRAMS: Record<string, string> = {
  "this client": `import { ArchivesClient } from "@np6-archives/client";
    export default (key) => new ArchivesClient({ apiKey: key }).listByTarget("a");`,
  "this client, all of its names": `export * from "@np6-archives/client";`,
  "plain fetch": `export default async (key) => (await fetch("https://a.example/a", { headers: { "x-key": key } })).json();`,
  "openapi-fetch": `import createClient from "openapi-fetch";
    export default (key) => createClient({ headers: { "x-key": key } }).GET("/a");`,
  ofetch: `import { ofetch } from "ofetch"; export default (key) => ofetch("/a", { headers: { "x-key": key } });`,
  ky: `import ky from "ky"; export default (key) => ky.get("/a", { headers: { "x-key": key } }).json();`,
  axios: `import axios from "axios"; export default (key) => axios.get("/a", { headers: { "x-key": key } });`,
  openai: `import OpenAI from "openai"; export default (key) => new OpenAI({ apiKey: key }).get("/a");`,
};

const rows: Record<string, object> = {};
for (const [name, program] of Object.entries(PROGRAMS)) {
  const bundle = await rolldown({
    input: "program",
    platform: "browser",
    logLevel: "silent",
    plugins: [
      {
        name: "program",
        resolveId: (id) => (id === "program" ? `${import.meta.dirname}/program.js` : undefined),
        load: (id) => (id.endsWith("/program.js") ? program : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  const sizes = output.map((part) =>
    part.type === "chunk" ? gzipSync(part.code, { level: 9 }).length : 0,
  );
  rows[name] = { "bytes, gzip": sizes.reduce((sum, size) => sum + size, 0) };
}
console.log("\nBundle");
console.table(rows);
