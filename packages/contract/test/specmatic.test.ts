import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { startMock } from "@np6-archives/mock";
import { expect, test } from "vitest";

/*
 * Specmatic pairs requests and responses by the names of their examples. It tests the mock against the spec as it is,
 * with the examples and with requests that it generates.
 */
const spec = fileURLToPath(import.meta.resolve("@np6-archives/spec/openapi.yaml"));
const generators = fileURLToPath(new URL("generators/package.json", import.meta.url));
const home = dirname(createRequire(generators).resolve("specmatic/package.json"));

/**
 * Scenarios that no server can pass. With `--lenient`, Specmatic reads `5XX` as no status, and then expects the request
 * of its example to be answered with 400. OpenAPI does document such ranges.
 */
const NOT_TO_BE_PASSED = /400 with the request from the example 'serverError'/;

const installed = javaVersion();

test.skipIf(installed < 17)(
  `Specmatic's contract tests pass against the mock${installed < 17 ? ": skipped, for want of a Java 17" : ""}`,
  async () => {
    const mock = await startMock();
    const folder = await mkdtemp(join(tmpdir(), "specmatic-"));
    // Its default is six seconds, which a list of ten thousand can take on a busy machine.
    const patience = ["--timeout", "600"];
    // Only the fast compiler: in a run this short the optimizing one costs twice what it saves.
    const java = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];
    const args = [
      ...java,
      "-jar",
      join(home, "specmatic.jar"),
      "test",
      spec,
      "--lenient",
      ...patience,
    ];
    const { PATH } = process.env;
    // In the C locale Java cannot open a path with letters beyond ASCII.
    const env = {
      PATH,
      LC_ALL: "C.UTF-8",
      EXTENSIBLE_SCHEMA: "true",
      SPECMATIC_GENERATIVE_TESTS: "true",
    };
    const output = await new Promise<string>((resolve) => {
      const options = { cwd: folder, env, maxBuffer: 1024 ** 3 };
      execFile("java", [...args, `--testBaseURL=${mock.url}`], options, (_error, stdout, stderr) =>
        resolve(stdout + stderr),
      );
    });
    await mock.close();
    await rm(folder, { recursive: true });

    const [, run = "0", failures = "0"] = /Tests run: (\d+), .*Failures: (\d+),/.exec(output) ?? [];
    const scenarios = output.match(/^.*Scenario: .* has (SUCCEEDED|FAILED)$/gm) ?? [];
    const failed = scenarios.filter((line) => line.endsWith("FAILED"));
    console.log(`Specmatic: ${run} tests, ${failures} failures\n${failed.join("\n")}`);
    expect(failed.filter((line) => !NOT_TO_BE_PASSED.test(line))).toEqual([]);
    expect(Number(failures)).toBe(failed.length);
    expect(scenarios).toHaveLength(Number(run));
    expect(scenarios.length).toBeGreaterThan(200);
    for (const name of [
      "reference",
      "empty",
      "blankLink",
      "expiredLink",
      "many",
      "notFound",
      "tooManyRequests",
    ]) {
      expect(output).toMatch(new RegExp(`example '${name}'.* has SUCCEEDED`));
    }
  },
);

function javaVersion(): number {
  try {
    const text = execFileSync("java", ["--version"], { encoding: "utf8" });
    return Number(/\d+/.exec(text)?.[0] ?? 0);
  } catch {
    return 0;
  }
}
