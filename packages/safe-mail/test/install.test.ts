import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODES } from "@np6-archives/test-runtimes";
import {
  COMPLAINT,
  installWith,
  MANAGERS,
  OLDEST,
  packedFrom,
  shellIn,
} from "@np6-archives/test-runtimes/packed-project";
import type { PackedPackage } from "@np6-archives/test-runtimes/packed-project";
import { afterAll, beforeAll, expect, test } from "vitest";

const HERE = fileURLToPath(new URL("..", import.meta.url));

let packed: PackedPackage;
beforeAll(async () => {
  packed = await packedFrom(HERE);
});
afterAll(() => rm(packed.folder, { recursive: true }));

test.each(MANAGERS)(
  "%s installs it without a word of warning or anybody's script",
  async (manager) => {
    const { said, installed } = await installWith(manager, packed);
    expect(said).not.toMatch(COMPLAINT);
    expect(installed).toContain("@np6-archives/safe-mail");
  },
);

const PROGRAM = `
    import { createMailReader, readMail } from "@np6-archives/safe-mail";
    const source = Buffer.from("Subject: seen\\nContent-Type: text/html\\n\\n<p>Ol\\u00e9<script>1</script>");
    const reader = createMailReader({ threads: 1, memory: 48 });
    const mail = await reader.read(source);
    console.log(mail.subject, mail.html.content, (await readMail(source)).html.content === mail.html.content);
    const greedy = await reader.read(Buffer.concat([source, Buffer.from("<p><b>x</b></p>".repeat(400000))]));
    console.log(greedy.problem, (await reader.read(source)).subject);
    await reader.close();`;
const PRINTED = "seen <p>Olé</p> true\ntoo-much-memory seen\n";

test.each(NODES)(
  "on %s it reads a mail in a process, and says nothing on stderr",
  async (_, node) => {
    await writeFile(join(packed.consumer, "program.js"), PROGRAM);
    expect(await shellIn(packed.consumer, `"${node}" program.js`)).toBe(PRINTED);
    await writeFile(
      join(packed.consumer, "require.cjs"),
      `const { readMail } = require("@np6-archives/safe-mail");
     readMail(Buffer.from("Subject: seen\\n\\n")).then(({ subject }) => console.log(subject));`,
    );
    expect(await shellIn(packed.consumer, `"${node}" --no-warnings require.cjs`)).toBe("seen\n");
  },
);

test("a folder may be called as one of its own files", async () => {
  const folder = join(packed.folder, "mail-process-or-reading-process");
  await cp(packed.consumer, folder, { recursive: true });
  await writeFile(join(folder, "program.js"), PROGRAM);
  expect(await shellIn(folder, `"${OLDEST}" program.js`)).toBe(PRINTED);
});

test("a loader may give each file a query", async () => {
  const { consumer } = packed;
  await writeFile(join(consumer, "program.js"), PROGRAM);
  await writeFile(
    join(consumer, "with-query.js"),
    `export async function resolve(name, context, next) {
      const found = await next(name, context);
      return name.startsWith(".") ? { ...found, url: found.url + "?v=1" } : found;
    }`,
  );
  const registers = `import { register } from "node:module"; register("./with-query.js", "file://${consumer}/");`;
  await writeFile(join(consumer, "registers.js"), registers);
  expect(await shellIn(consumer, `"${OLDEST}" --import ./registers.js program.js`)).toBe(PRINTED);
});
