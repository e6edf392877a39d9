import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const script = fileURLToPath(new URL("./changeset-gate.ts", import.meta.url));
const spec = await readFile(new URL("../spec/openapi.yaml", import.meta.url), "utf8");
const breaking = spec.replaceAll("application/vnd.np6.cm.mail.archive", "application/json");
const larger = spec.replace("title: NP6 mail archives", "title: NP6 mail archives\n  x-new: true");
const folder = await mkdtemp(join(tmpdir(), "gate-"));
afterAll(() => rm(folder, { recursive: true }));

function git(...args: string[]): void {
  const identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  execFileSync("git", [...identity, ...args], { cwd: folder, stdio: "ignore" });
}

async function write(files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
}

function gate(cwd = folder): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [script], { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

const changeset = (bumps: Record<string, string>): string =>
  [
    "---",
    ...Object.entries(bumps).map(([name, bump]) => `"${name}": ${bump}`),
    "---",
    "",
    "Why.",
  ].join("\n");
const manifest = (version: string): string => JSON.stringify({ version });

beforeAll(async () => {
  git("init", "--quiet");
  await write({
    "spec/openapi.yaml": spec,
    "spec/package.json": manifest("1.2.3"),
    "packages/client/package.json": manifest("1.5.0"),
    ".changeset/README.md": "---\nnot: one\n---\n",
  });
  git("add", ".");
  git("commit", "--quiet", "--message", "Release");
});

test("before the first release there is nothing to compare with", async () => {
  expect(await gate()).toMatchObject({
    code: 0,
    output: expect.stringContaining("never released") as string,
  });
  git("tag", "@np6-archives/spec@1.2.3");
});

test("an unchanged spec demands nothing", async () => {
  expect(await gate()).toMatchObject({
    code: 0,
    output: expect.stringContaining("demands: none") as string,
  });
});

test("a breaking change without a changeset fails, and the message gives the command", async () => {
  await write({ "spec/openapi.yaml": breaking });
  const { code, output } = await gate();
  expect(code).toBe(1);
  expect(output).toContain("Media type `application/vnd.np6.cm.mail.archive` was removed.");
  expect(output).toContain("@np6-archives/spec: major, but the changesets say nothing");
  expect(output).toContain("@np6-archives/client: major, but the changesets say nothing");
  expect(output).toContain("npx -y pnpm@12.21.0 changeset");
});

test("a changeset that is too small, or only for one package, fails", async () => {
  await write({
    ".changeset/a.md": changeset({
      "@np6-archives/spec": "minor",
      "@np6-archives/client": "minor",
    }),
  });
  expect((await gate()).output).toContain(
    "@np6-archives/spec: major, but the changesets say minor",
  );
  await write({ ".changeset/b.md": changeset({ "@np6-archives/spec": "major" }) });
  const { code, output } = await gate();
  expect(code).toBe(1);
  expect(output).not.toContain("spec: major, but");
  expect(output).toContain("@np6-archives/client: major, but the changesets say minor");
});

test("the biggest changeset of each package counts", async () => {
  await write({ ".changeset/c.md": changeset({ "@np6-archives/client": "major" }) });
  expect(await gate()).toMatchObject({ code: 0 });
});

test("a version that was already bumped counts like the changesets that bumped it", async () => {
  for (const name of ["a", "b", "c"]) await rm(join(folder, `.changeset/${name}.md`));
  await write({ "spec/package.json": manifest("2.0.0") });
  expect((await gate()).code).toBe(1);
  await write({ "packages/client/package.json": manifest("2.0.0") });
  expect((await gate()).code).toBe(0);
});

test("a change of descriptions demands a patch of the spec only", async () => {
  await write({
    "spec/openapi.yaml": larger,
    "spec/package.json": manifest("1.2.3"),
    "packages/client/package.json": manifest("1.5.0"),
  });
  const { code, output } = await gate();
  expect(code).toBe(1);
  expect(output).not.toContain("client: ");
  await write({ ".changeset/d.md": changeset({ "@np6-archives/spec": "patch" }) });
  expect((await gate()).code).toBe(0);
});

test("a shallow clone, where no release can be seen, is an error and does not pass", async () => {
  git("commit", "--quiet", "--all", "--message", "Later");
  const shallow = join(folder, "shallow");
  git("clone", "--quiet", "--depth", "1", "--no-tags", `file://${folder}`, shallow);
  const { code, output } = await gate(shallow);
  expect(code).toBe(2);
  expect(output).toMatch(/^changeset-gate: This clone is shallow/);
});
