import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { expect, test } from "vitest";

const readme = await readFile(new URL("../README.md", import.meta.url), "utf8");

test("the example reads a mail and names what was blocked", async () => {
  const [[, program = ""] = [], ...others] = [...readme.matchAll(/```ts\n(.+?)```/gs)];
  expect(others).toEqual([]);
  const folder = await mkdtemp(join(tmpdir(), "np6-safe-mail-"));
  try {
    const scope = join(folder, "node_modules", "@np6-archives");
    await mkdir(scope, { recursive: true });
    await symlink(
      fileURLToPath(new URL("..", import.meta.url)),
      join(scope, "safe-mail"),
      "junction",
    );
    await writeFile(join(folder, "program.mts"), program);
    const body = html('<p>Hello<img src="http://tracker.example/1.gif" width="1" height="1"></p>');
    await writeFile(join(folder, "mail.eml"), mailSource("Spring", body));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["program.mts"], {
      cwd: folder,
    });
    expect(stderr).toBe("");
    expect(stdout).toBe("Spring\nblocked: image http://tracker.example/1.gif\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
