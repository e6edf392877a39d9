import { cp, readFile, rename, rm, writeFile } from "node:fs/promises";
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

test.each(MANAGERS)("%s installs it without a warning or an install script", async (manager) => {
  const { said, installed } = await installWith(manager, packed);
  expect(said).not.toMatch(COMPLAINT);
  expect(installed).toContain("@np6-archives/safe-mail");
});

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

test("a folder may have the name of one of its own files", async () => {
  const folder = join(packed.folder, "mail-process-or-reading-process");
  await cp(packed.consumer, folder, { recursive: true });
  await writeFile(join(folder, "program.js"), PROGRAM);
  expect(await shellIn(folder, `"${OLDEST}" program.js`)).toBe(PRINTED);
});

test.each([
  [
    "add a query to each file's URL",
    `export async function resolve(name, context, next) {
      const found = await next(name, context);
      return name.startsWith(".") ? { ...found, url: found.url + "?v=1" } : found;
    }`,
  ],
  [
    "rewrite the URLs of neighbouring files for a page, as vitest does with jsdom",
    `export async function load(url, context, next) {
      const { source, ...loaded } = await next(url, context);
      const beside = /\\bnew URL\\((.+), import\\.meta\\.url\\)/g;
      return { ...loaded, source: source && String(source).replaceAll(beside, 'new URL($1, "http://localhost:3000/")') };
    }`,
  ],
])("works where a loader may %s", async (_, loader) => {
  const { consumer } = packed;
  await writeFile(join(consumer, "program.js"), PROGRAM);
  await writeFile(join(consumer, "loader.js"), loader);
  const registers = `import { register } from "node:module"; register("./loader.js", "file://${consumer}/");`;
  await writeFile(join(consumer, "registers.js"), registers);
  expect(await shellIn(consumer, `"${OLDEST}" --import ./registers.js program.js`)).toBe(PRINTED);
});

test("bundled, or without all its files, it says so, and does not start the program again", async () => {
  const folder = join(packed.folder, "bundled");
  await cp(packed.consumer, folder, { recursive: true });
  const files = join(folder, "node_modules/@np6-archives/safe-mail/dist/process");
  const program = `
    import { createMailReader } from "@np6-archives/safe-mail";
    console.log("started");
    try {
      await createMailReader().read(Buffer.from("Subject: seen"));
    } catch (error) {
      console.log(error.message);
    }`;
  await writeFile(join(folder, "program.js"), program);
  const told =
    "started\n@np6-archives/safe-mail: expected the files of the package beside each other, got a part of them. " +
    "Leave it out of a bundle (external).\n";

  await rename(join(files, "mail-process.js"), join(files, "elsewhere.js"));
  expect(await shellIn(folder, `"${OLDEST}" program.js`)).toBe(told);

  // As a bundler leaves it: in a file with another name.
  await rename(join(files, "reading-process.js"), join(files, "bundle.js"));
  const reader = await readFile(join(files, "mail-reader.js"), "utf8");
  await writeFile(
    join(files, "mail-reader.js"),
    reader.replace("./reading-process.js", "./bundle.js"),
  );
  expect(await shellIn(folder, `"${OLDEST}" program.js`)).toBe(told);
});

test("under Plug'n'Play its processes find packages as the program does", async () => {
  const folder = join(packed.folder, "plug-n-play");
  await cp(packed.consumer, folder, { recursive: true });
  await writeFile(join(folder, "program.js"), PROGRAM);
  // As with Yarn, only hooks find the packages.
  await cp(join(folder, "node_modules"), join(folder, "cache/node_modules"), { recursive: true });
  await rm(join(folder, "node_modules/css-tree"), { recursive: true });
  await writeFile(
    join(folder, ".pnp.cjs"),
    `process.env.NODE_OPTIONS = "--require ./of-the-program-alone.cjs";
    require("node:module").findPnpApi = () => ({ resolveToUnqualified: () => __filename });`,
  );
  await writeFile(
    join(folder, ".pnp.loader.mjs"),
    `const parentURL = new URL("cache/here.js", import.meta.url).href;
    export const resolve = (name, context, next) =>
      next(name, name === "css-tree" ? { ...context, parentURL } : context);`,
  );
  const hooks = "--require ./.pnp.cjs --loader ./.pnp.loader.mjs";
  expect(await shellIn(folder, `"${OLDEST}" --no-warnings ${hooks} program.js`)).toBe(PRINTED);
});
