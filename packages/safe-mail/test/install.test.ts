import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODES } from "@np6-archives/test-runtimes";
import {
  INSTALLERS,
  installedIn,
  newProject,
  packWithDependencies,
  shellIn,
} from "@np6-archives/test-runtimes/packed-project";
import type { Tarballs } from "@np6-archives/test-runtimes/packed-project";
import { afterAll, beforeAll, expect, test } from "vitest";

const HERE = fileURLToPath(new URL("..", import.meta.url));
const NAME = "@np6-archives/safe-mail";
/** The oldest that it is for. */
const [, OLDEST] = NODES[0] as (typeof NODES)[number];

let folder: string;
let tarballs: Tarballs;
/** With the package in it. */
let consumer: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "safe-mail-install-"));
  tarballs = await packWithDependencies(HERE, folder);
  consumer = await newProject(folder, NAME, tarballs);
  await shellIn(consumer, INSTALLERS.npm(OLDEST));
});
afterAll(() => rm(folder, { recursive: true }));

test.each(["npm", "pnpm", "yarn"] as const)(
  "%s installs it without a word of warning or anybody's script",
  async (manager) => {
    const project = await newProject(folder, NAME, tarballs);
    const output = await shellIn(project, INSTALLERS[manager](OLDEST));
    // What yarn 1 says of its own old code is not of this package.
    const own = output.replaceAll(/^.*(DEP0\d+|trace-deprecation).*\n/gm, "");
    expect(own).not.toMatch(/warn|deprecated|scripts|ignored build|incompatible|error/i);
    expect(await installedIn(project)).toContain(NAME);
  },
);

test.each(NODES)(
  "on %s it reads a mail in a process, and says nothing on stderr",
  async (_, node) => {
    const program = `
    import { createMailReader, readMail } from "@np6-archives/safe-mail";
    const source = Buffer.from("Subject: seen\\nContent-Type: text/html\\n\\n<p>Ol\\u00e9<script>1</script>");
    const reader = createMailReader({ threads: 1, memory: 48 });
    const mail = await reader.read(source);
    console.log(mail.subject, mail.html.content, (await readMail(source)).html.content === mail.html.content);
    const greedy = await reader.read(Buffer.concat([source, Buffer.from("<p><b>x</b></p>".repeat(400000))]));
    console.log(greedy.problem, (await reader.read(source)).subject);
    await reader.close();`;
    await writeFile(join(consumer, "program.js"), program);
    expect(await shellIn(consumer, `"${node}" program.js`)).toBe(
      "seen <p>Olé</p> true\ntoo-much-memory seen\n",
    );
    await writeFile(
      join(consumer, "require.cjs"),
      `const { readMail } = require("@np6-archives/safe-mail");
     readMail(Buffer.from("Subject: seen\\n\\n")).then(({ subject }) => console.log(subject));`,
    );
    expect(await shellIn(consumer, `"${node}" --no-warnings require.cjs`)).toBe("seen\n");
  },
);
