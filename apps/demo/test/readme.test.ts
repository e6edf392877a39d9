import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { startMock } from "@np6-archives/mock";
import { expect, test } from "vitest";
import { start } from "./command.ts";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the commands in the README fetch a mail from the mock", async () => {
  const [block, ...others] = readme.matchAll(/```ts\n([\s\S]*?)```/g);
  expect(others).toEqual([]);
  const code = block?.[1] ?? "";
  const mock = await startMock();
  try {
    const example = start(process.execPath, ["--input-type=module-typescript", "--eval", code], {
      NP6_API_KEY: "a-key",
      NP6_BASE_URL: mock.url,
    });
    expect(await example.ended()).toBe(0);
    const { out, err } = example.said();
    expect(err).toBe("");
    expect(out).toMatch(/^[\da-f-]{36} \d+\n$/);
  } finally {
    await mock.close();
  }
});

test("the README names every variable that a command's --help names", async () => {
  const helps = await Promise.all(
    (["main.js", "demo.js"] as const).map(async (name) => {
      const help = start(
        process.execPath,
        [fileURLToPath(new URL(`../dist/${name}`, import.meta.url)), "--help"],
        {},
      );
      await help.ended();
      return help.said().out;
    }),
  );
  const named =
    helps
      .join()
      .match(/^ {2}[A-Z][A-Z\d_, ]+/gm)
      ?.flatMap((names) => names.trim().split(/, /)) ?? [];
  expect(named.length).toBeGreaterThan(6);
  for (const name of named) expect(readme).toContain(`\`${name}\``);
});
