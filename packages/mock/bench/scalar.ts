import { readFile } from "node:fs/promises";
import { serve } from "@hono/node-server";
import { createMockServer } from "@scalar/mock-server";

const [port, spec = ""] = process.argv.slice(2);
const app = await createMockServer({ document: await readFile(spec, "utf8") });
serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" });
