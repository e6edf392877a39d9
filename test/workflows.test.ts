import { readdir, readFile } from "node:fs/promises";
import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { blocks } from "./documents.ts";

const folder = new URL("../.github/workflows/", import.meta.url);
const workflows = await Promise.all(
  (await readdir(folder)).map(async (name) => ({
    name,
    content: await readFile(new URL(name, folder), "utf8"),
  })),
);
/** The workflows to copy from the documents. */
const copied = blocks("yaml").map(({ path, code }) => ({
  name: `The one in ${path}`,
  content: code,
}));
const all = [...workflows, ...copied];

interface Workflow {
  permissions: Record<string, string>;
  concurrency: { group: string };
  jobs: Record<string, { "timeout-minutes": number; steps: { uses?: string; run?: string }[] }>;
}

test.each(all)("$name is a workflow that GitHub's own parser accepts", async (file) => {
  const { context, value } = parseWorkflow(file, new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value);
  expect(context.errors.getErrors().map((error) => error.message)).toEqual([]);
});

test.each(all)("$name has only the permissions it needs, and a timeout", ({ content }) => {
  const workflow = parse(content) as Workflow;
  expect(Object.values(workflow.permissions).filter((level) => level !== "read")).toEqual([]);
  for (const job of Object.values(workflow.jobs)) {
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(60);
  }
});

test.each(workflows)("$name waits for the run before it, or cancels it", ({ content }) => {
  expect((parse(content) as Workflow).concurrency.group).toContain("github.workflow");
});

test.each(all)(
  "$name uses actions by commit, and this repository's version of pnpm",
  async (file) => {
    const workflow = parse(file.content) as Workflow;
    const root = JSON.parse(
      await readFile(new URL("../package.json", import.meta.url), "utf8"),
    ) as {
      packageManager: string;
    };
    for (const { uses, run } of Object.values(workflow.jobs).flatMap((job) => job.steps)) {
      if (uses) expect(uses).toMatch(/@[0-9a-f]{40}$/);
      for (const [used] of run?.matchAll(/pnpm@\S+/g) ?? []) expect(used).toBe(root.packageManager);
    }
  },
);

test.each(copied)("$name pins each action to the same commit as this repository", ({ content }) => {
  const pins = content.match(/uses: .+/g) ?? [];
  expect(pins.length).toBeGreaterThan(0);
  const ours = workflows.map((workflow) => workflow.content).join("");
  for (const pin of pins) expect(ours).toContain(pin);
});

test("release.yml reads an output that its pinned action has", () => {
  const { content } = workflows.find(({ name }) => name === "release.yml")!;
  // Since version 2 the outputs have hyphens; GitHub gives an empty text for any other name.
  expect(content).toMatch(/changesets\/action@\w+ # v2\./);
  const read = [...content.matchAll(/steps\.changesets\.outputs\.([\w-]+)/g)];
  expect(new Set(read.map(([, name]) => name))).toEqual(
    new Set(["published", "published-packages"]),
  );
});
