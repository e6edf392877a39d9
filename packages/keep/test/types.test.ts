import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

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
