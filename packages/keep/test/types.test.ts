import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type * as CommonJs from "@np6-archives/client" with { "resolution-mode": "require" };
import { expect, test } from "vitest";
import { keep } from "../src/index.ts";
import { folder, startServer, worklistOf } from "./store-and-server.ts";

test("the types need no package that a consumer may not have", async () => {
  const dist = new URL("../dist/", import.meta.url);
  const { dependencies } = JSON.parse(
    await readFile(new URL("../package.json", import.meta.url), "utf8"),
  ) as { dependencies: Record<string, string> };
  const files = new Set([new URL("index.d.ts", dist).href]);
  const packages = new Set<string>();
  // This also visits the files that are added on the way.
  for (const file of files) {
    const text = await readFile(new URL(file), "utf8");
    for (const [, from = ""] of text.matchAll(/(?:from |import\()"([^"]+)"/g)) {
      if (from.startsWith(".")) files.add(new URL(from.replace(/\.[jt]s$/, ".d.ts"), file).href);
      else if (!from.startsWith("node:")) packages.add(from);
    }
  }
  expect(files.size).toBeGreaterThan(5);
  expect(Object.keys(dependencies)).toEqual(expect.arrayContaining([...packages]));
});

// The types are checked by tsc.
test("the client of a CommonJS module is taken too", async () => {
  const { ArchivesClient } = createRequire(import.meta.url)(
    "@np6-archives/client",
  ) as typeof CommonJs;
  const home = await folder();
  const server = await startServer();
  const client = new ArchivesClient({ apiKey: "test", baseUrl: server.url });
  const worklist = await worklistOf(home, 1);
  const { balance } = await keep({ client, worklist, store: join(home, "store") });
  expect(balance.archives.kept).toBeGreaterThan(0);
});
