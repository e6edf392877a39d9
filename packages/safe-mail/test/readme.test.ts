import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { OLDEST, packedFrom } from "@np6-archives/test-runtimes/packed-project";
import { expect, test } from "vitest";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the example reads a mail and names what was blocked", async () => {
  const [[, program = ""] = [], ...others] = [...readme.matchAll(/```ts\n(.+?)```/gs)];
  expect(others).toEqual([]);
  const { folder, consumer } = await packedFrom(fileURLToPath(new URL("..", import.meta.url)));
  try {
    await writeFile(join(consumer, "program.mjs"), stripTypeScriptTypes(program));
    const body = html('<p>Hello<img src="http://tracker.example/1.gif" width="1" height="1"></p>');
    await writeFile(join(consumer, "mail.eml"), mailSource("Spring", body));
    const { stdout, stderr } = await promisify(execFile)(OLDEST, ["program.mjs"], {
      cwd: consumer,
    });
    expect(stderr).toBe("");
    expect(stdout).toBe("Spring\nblocked: image http://tracker.example/1.gif\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
