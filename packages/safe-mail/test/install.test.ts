import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { NODES } from "@np6-archives/test-runtimes";
import { Consumer } from "@np6-archives/test-runtimes/consumer";
import { afterAll, beforeAll, expect, test } from "vitest";

let consumer: Consumer;
beforeAll(async () => {
  consumer = await Consumer.of(fileURLToPath(new URL("..", import.meta.url)));
});
afterAll(() => consumer.remove());

test("npm on Node 20.19 installs it without a word of warning", async () => {
  await consumer.begin();
  const [[, node20]] = NODES as [(typeof NODES)[number]];
  const npm = (await consumer.shell("readlink -f $(command -v npm)")).trim();
  const output = await consumer.shell(
    `${node20} ${npm} install --engine-strict --no-audit --no-fund`,
  );
  expect(output).toMatch(/^\s*added \d+ packages/);
  expect(output).not.toMatch(/warn|deprecated|scripts/i);
  expect(await consumer.installed()).toContain("@np6-archives/safe-mail");
});

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
    await writeFile(join(consumer.project, "program.js"), program);
    expect(await consumer.shell(`${node} program.js`)).toBe(
      "seen <p>Olé</p> true\ntoo-much-memory seen\n",
    );
    await writeFile(
      join(consumer.project, "require.cjs"),
      `const { readMail } = require("@np6-archives/safe-mail");
     readMail(Buffer.from("Subject: seen\\n\\n")).then(({ subject }) => console.log(subject));`,
    );
    expect(await consumer.shell(`${node} --no-warnings require.cjs`)).toBe("seen\n");
  },
);

test("pnpm with strict engines installs it without a warning or a script", async () => {
  await consumer.begin();
  const output = await consumer.shell("pnpm install --prefer-offline --config.engine-strict=true");
  expect(output).not.toMatch(/warn|deprecated|ignored build/i);
});

test("yarn 1 installs it without a warning", async () => {
  await consumer.begin();
  const yarn = dirname(fileURLToPath(import.meta.resolve("yarn/package.json")));
  const output = await consumer.shell(
    `node ${yarn}/bin/yarn.js install --non-interactive --cache-folder yarn-cache`,
  );
  expect(output).not.toMatch(/warning|incompatible|error/i);
  expect(await consumer.installed()).toContain("@np6-archives/safe-mail");
});
