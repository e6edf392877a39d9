import { execFile } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { csvFields } from "../src/csv/csv-row.ts";
import { csvRows } from "../src/csv/csv-rows.ts";
import { linesOf } from "../src/csv/lines.ts";
import { keep, status } from "../src/index.ts";
import type { KeepOptions } from "../src/index.ts";
import {
  IS_POSIX,
  archiveOf,
  command,
  folder,
  listing,
  start,
  startServer,
} from "./store-and-server.ts";

/** A server where each stamp has a mail, and the requests it got, in order. */
async function setUp() {
  const server = await startServer({
    judge: (path) => {
      const [, stamp] = /^\/actions\/stamp\/([^/?]+)/.exec(path) ?? [];
      return stamp === undefined ? undefined : listing([archiveOf(server.url, stamp, 0)]);
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const options = { client: server.client, store, rate: 1000 };
  return {
    server,
    home,
    store,
    keepFrom: (worklist: KeepOptions["worklist"]) => keep({ ...options, worklist }),
    asked: () =>
      server.seen
        .map(({ path }) => path)
        .filter((path) => !path.startsWith("/mail/"))
        .map((path) => path.replace(/\/archives.*$/, "").slice(1)),
  };
}

const TARGETS = ["targets/a", "targets/b"];
const BOTH = ["actions/A1/targets/a", "targets/b"];
const STAMPS = ["actions/stamp/s1", "actions/stamp/s2"];

test.each([
  ["a CSV of targets", "w.csv", "target\na\nb\n", TARGETS],
  ["a CSV of actions and targets", "w.csv", "action,target\nA1,a\n,b\n", BOTH],
  ["a CSV of stamps", "w.csv", "stamp\ns1\ns2\n", STAMPS],
  ["a CSV with other columns", "w.csv", 'name,target\n"x, ""y""\n z",a\nn,b\n', TARGETS],
  ["a CSV with a column like one that it has", "w.csv", "Target,target\nx,a\ny,b\n", TARGETS],
  ["a byte order mark", "w.csv", "\uFEFFtarget\na\nb\n", TARGETS],
  ["CR LF", "w.csv", "target,action\r\na,A1\r\nb,\r\n", BOTH],
  ["CR alone", "w.csv", "target,action\ra,A1\rb,\r", BOTH],
  ["quoted fields", "w.csv", '"target","action"\n"a","A1"\n"b",""\n', BOTH],
  ["no line break at the end, and blank lines", "w.csv", "target\n\na\n\nb", TARGETS],
  ["duplicate rows", "w.csv", "target\na\nb\na\nb\n", TARGETS],
  ["NDJSON", "w.ndjson", '{"target":"a","action":"A1"}\n{"target":"b","n":1}\n', BOTH],
  ["JSON lines of stamps", "w.jsonl", '{"stamp":"s1"}\r\n\r\n{"stamp":"s2"}', STAMPS],
])("accepts %s", async (_, name, text, asked) => {
  const kept = await setUp();
  await writeFile(join(kept.home, name), text);
  const { outcome, balance } = await kept.keepFrom(join(kept.home, name));
  expect(outcome).toBe("complete");
  expect(balance.worklist).toMatchObject({ total: 2, listed: 2 });
  expect(kept.asked().toSorted()).toEqual(asked.toSorted());
});

test.each([
  ["CSV", "target\na\nb\n"],
  ["NDJSON", '\n  {"target":"a"}\n{"target":"b"}\n'],
])("- is the standard input, and %s is recognised by its first character", async (_, text) => {
  const { server, store } = await setUp();
  const child = start(server.url, "run", "--worklist", "-", "--store", store, "--rate", "100/s");
  child.stdin?.end(text);
  expect(await once(child, "close")).toEqual([0, null]);
  expect((await status({ store })).worklist).toMatchObject({ total: 2, listed: 2 });
});

function fail(): never {
  throw new Error("mine");
}

test("a worklist stream is closed even if a run ends before all of it is read", async () => {
  const { server, store } = await setUp();
  const worklist = Readable.from([Buffer.from("target\na\n"), Buffer.from("b\n")]);
  const asked = keep({ client: server.client, worklist, store, onEvent: fail });
  await expect(asked).rejects.toThrow("mine");
  await expect.poll(() => worklist.destroyed).toBe(true);
});

test.each([
  ["bytes", (text: string) => Buffer.from(text)],
  ["text", (text: string) => text],
])("a stream of %s is read like the standard input", async (_, chunk) => {
  const { keepFrom, asked } = await setUp();
  const chunks = ["tar", "get\na", "\nb\n"].map((text): Buffer | string => chunk(text));
  await keepFrom(Readable.from(chunks));
  expect(asked()).toEqual(TARGETS);
});

test("a blank line in a quoted field belongs to it", () => {
  const reader = csvRows();
  expect(["", '"a', "", 'b"'].flatMap((text, at) => reader.take(text, at))).toEqual([
    { line: 1, text: '"a\n\nb"', fields: ["a\n\nb"] },
  ]);
});

test("a quote that is not closed within 50 lines is a bad row, and the lines after it are rows", () => {
  const reader = csvRows();
  const lines = ['"a', ...Array.from({ length: 49 }, (_, n) => `b${n}`)];
  const rows = lines.map((text, at) => reader.take(text, at));
  expect(rows.slice(0, 49).flat()).toEqual([]);
  const [bad, ...others] = rows[49] ?? [];
  expect(bad).toMatchObject({ line: 0, text: '"a', bad: expect.stringContaining("50 lines") });
  expect(others.map(({ line, text }) => [line, text])).toEqual(
    lines.slice(1).map((text, at) => [at + 1, text]),
  );
});

test.runIf(IS_POSIX).each([
  ["before its first line", ""],
  ["in the middle of a line", "target\na\nb"],
])("an input that falls silent %s does not keep a run from stopping", async (_, text) => {
  const { server, store } = await setUp();
  const child = start(server.url, "run", "--worklist", "-", "--store", store, "--quiet");
  if (text === "") child.stdin?.write("\n");
  else child.stdin?.write(text);
  const lines = text.split("\n").length - 2;
  await expect
    .poll(async () => {
      try {
        return (await status({ store })).worklist.listed;
      } catch {
        return -1;
      }
    })
    .toBe(Math.max(0, lines));
  child.kill("SIGTERM");
  expect(await once(child, "close")).toEqual([3, null]);
  expect((await status({ store })).worklist).toMatchObject({ total: Math.max(0, lines), open: 0 });
});

test.each([
  ["an empty file", "w.csv", ""],
  ["a header without any known column", "w.csv", "action,name\nA1,x\n"],
  ["a header with a column twice", "w.csv", "target,target\na,b\n"],
  ["a header with a misspelt column", "w.csv", "target,Action\na,A1\n"],
  ["a header with other separators", "w.csv", "target;name\na;b\n"],
  ["a header in UTF-16", "w.csv", Buffer.from("\uFEFFtarget\na\n", "utf16le")],
  ["no header", "w.csv", "a\nb\n"],
  ["no such file", "gone.csv", undefined],
])("refuses %s with one line and exit 2, and requests nothing", async (_, name, text) => {
  const { server, home, store } = await setUp();
  const worklist = join(home, name);
  if (text !== undefined) await writeFile(worklist, text);
  const { code, stderr } = await command(
    server.url,
    "run",
    "--worklist",
    worklist,
    "--store",
    store,
  );
  expect(code).toBe(2);
  expect(stderr).toMatch(/^np6-archives-keep: .*expected.*, got .*\n$/);
  expect(server.seen).toEqual([]);
});

test.each([
  ["w.csv", 'target,action\na,\n,A1\n,\n"b,\nc,d,e\n'],
  [
    "w.ndjson",
    '{"target":"a"}\n{"action":"A1"}\n[1]\n{"target":{}}\nnone\n{"target":9007199254740993}\n{"target":"a","Action":"A1"}\nnull\n',
  ],
])(
  "each invalid row of %s is a gap with its line, however often the file is read",
  async (name, text) => {
    const { keepFrom, home, store } = await setUp();
    const worklist = join(home, name);
    await writeFile(worklist, text);
    const lines = async () =>
      (await readFile(join(store, "gaps.csv"), "utf8"))
        .match(/^item,\d+,,,,,invalid/gm)
        ?.map((row) => Number(row.split(",")[1]))
        .toSorted();
    const bad = name === "w.csv" ? [3, 4, 5, 6] : [2, 3, 4, 5, 6, 7, 8];
    const { balance } = await keepFrom(worklist);
    const invalid = bad.length;
    expect(balance.worklist).toMatchObject({ total: invalid + 1, listed: 1, invalid });
    expect(await lines()).toEqual(bad);
    // First the same file by another path, which is read on from the mark; then a changed one, which is read from the
    // start.
    await keepFrom(relative(process.cwd(), worklist));
    expect(await lines()).toEqual(bad);
    await writeFile(worklist, name === "w.csv" ? `${text}f,\n` : text.replace('"a"', '"f"'));
    const again = await keepFrom(worklist);
    expect(again.balance.worklist).toMatchObject({ total: invalid + 2, listed: 2, invalid });
  },
);

test.each([
  [
    "w.csv",
    Buffer.from("target,stamp,name\na,,Caf\xe9\ncaf\xe9,,\ncaf\xe8,,\n,\xe9,\n", "latin1"),
    3,
  ],
  [
    "w.jsonl",
    Buffer.from('{"target":"caf\xe9"}\n{"target":"caf\xe8"}\n{"target":"a"}\n', "latin1"),
    2,
  ],
  ["w.ndjson", '{"target":"a"}\n{"target":"\\ud800"}\n{"target":"\\ud801"}\n', 2],
])(
  "rows of %s whose ids are not UTF-8 are gaps, each its own item",
  async (name, text, invalid) => {
    const { keepFrom, home, store } = await setUp();
    await writeFile(join(home, name), text);
    const { outcome, balance } = await keepFrom(join(home, name));
    expect(outcome).toBe("gaps");
    expect(balance.worklist).toMatchObject({ total: invalid + 1, listed: 1, invalid });
    expect(await readFile(join(store, "gaps.csv"), "utf8")).toContain("expected ids in UTF-8");
  },
);

test.each(
  ["\n", "\r\n", "\r"].flatMap((end) => [
    ["nothing", "", end],
    ["a line break", end, end],
  ]),
)("a file that ended with %s is continued with the appended rows", async (_, last, end) => {
  const { keepFrom, home, store, asked } = await setUp();
  const worklist = join(home, "w.csv");
  const write = (...rows: string[]) => writeFile(worklist, rows.join(end) + last);
  await write("target", "a", ",");
  await keepFrom(worklist);
  await write("target", "a", ",x", "b", ",");
  const { balance } = await keepFrom(worklist);
  expect(balance.worklist).toMatchObject({ total: 4, listed: 2, invalid: 2 });
  expect(await readFile(join(store, "gaps.csv"), "utf8")).toMatch(/^item,3,.*\nitem,5,/m);
  expect(asked()).toEqual(TARGETS);
  // Only a row that may have been incomplete is read again.
  const mark =
    end === "\r" || last === "" ? ["target", "a", ",x", "b"] : ["target", "a", ",x", "b", ","];
  expect(await markOf(store)).toMatchObject({
    lines: mark.length,
    bytes: (mark.join(end) + end).length,
  });
});

test.each([
  ["nothing", "", "\n"],
  ["a CR", "\r", "\r"],
])(
  "a row of several lines that ends with %s is not read again from its last line on",
  async (_, last, end) => {
    const { keepFrom, home, asked } = await setUp();
    const worklist = join(home, "w.csv");
    const text = ["target,note", 'a,"one', 'two"'].join(end) + last;
    for (const whole of [text, text, `${text}${last === "" ? end : ""}b,${end}`]) {
      await writeFile(worklist, whole);
      expect(await keepFrom(worklist)).toMatchObject({ outcome: "complete" });
    }
    expect(asked()).toEqual(TARGETS);
  },
);

async function markOf(store: string): Promise<unknown> {
  const db = new DatabaseSync(join(store, "ledger.sqlite"), { readOnly: true });
  const found = db.prepare("SELECT mark FROM worklists").get();
  db.close();
  return JSON.parse(String(found?.["mark"]));
}

test("a text may be longer than the longest line", async () => {
  const line = Buffer.from(`\n${"x".repeat(1_000_000)}`);
  const found = await Array.fromAsync(
    linesOf(Readable.from(Array.from({ length: 66 }, () => line))),
  );
  expect(found.flatMap(({ lines }) => lines)).toHaveLength(67);
});

test.each(["\n", "\r\n", "\r"])(
  "lines that end with %j are complete, however they are split into chunks",
  async (end) => {
    const text = Buffer.from(["\uFEFFtarget", "a\u2028\u00e9", "", "b", "\u00e9"].join(end));
    for (const size of [1, 2, 3, 5, 100]) {
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
      }
      const found = await Array.fromAsync(linesOf(chunks()));
      expect(found.flatMap(({ lines }) => lines)).toEqual([
        "target",
        "a\u2028\u00e9",
        "",
        "b",
        "\u00e9",
      ]);
      expect(Buffer.concat(found.flatMap(({ bytes }) => bytes))).toEqual(text);
    }
  },
);

test.runIf(IS_POSIX).each(["run", "reconcile"])(
  "%s refuses a named pipe as a file with one line and exit 2",
  async (name) => {
    const { server, home, store, keepFrom } = await setUp();
    await writeFile(join(home, "w.csv"), "target\na\n");
    await keepFrom(join(home, "w.csv"));
    const pipe = join(home, "pipe");
    await promisify(execFile)("mkfifo", [pipe]);
    for (const path of [pipe, "/dev/stdin"]) {
      const option = name === "run" ? "--worklist" : "--sent";
      const { code, stderr } = await command(server.url, name, "--store", store, option, path);
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /^np6-archives-keep: --(worklist|sent): expected a file.*, no pipe or device, got .*\n$/,
      );
    }
  },
);

async function* endless(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("target\n");
  for (let n = 0; ; n += 1) yield Buffer.from(await setImmediate(`t${n}\n`));
}

test("an input that is not read to its end is closed", async () => {
  const { keepFrom, server, store } = await setUp();
  const odd = Readable.from([Buffer.from("name\n"), Buffer.from("Ada\n")]);
  await expect(keepFrom(odd)).rejects.toThrow("expected a header");
  expect(odd.destroyed).toBe(true);

  const worklist = Readable.from(endless());
  const stop = new AbortController();
  const onEvent = () => stop.abort();
  const options = { client: server.client, store, rate: 1000, signal: stop.signal, onEvent };
  expect((await keep({ ...options, worklist })).outcome).toBe("stopped");
  await expect.poll(() => worklist.destroyed).toBe(true);
});

test("a field may have many megabytes", () => {
  const long = "x".repeat(12_000_000);
  expect(csvFields(`a,"${long}""",b`)).toEqual(["a", `${long}"`, "b"]);
});

test("other columns are carried along", async () => {
  const { keepFrom, home, store } = await setUp();
  await writeFile(join(home, "w.csv"), "target,name\na,Ada\n");
  await keepFrom(join(home, "w.csv"));
  const db = new DatabaseSync(join(store, "ledger.sqlite"), { readOnly: true });
  expect(db.prepare("SELECT extra FROM items").all()).toEqual([{ extra: '{"name":"Ada"}' }]);
  db.close();
});

async function* broken(thrown: unknown): AsyncGenerator<string> {
  yield "target\nt1\n";
  throw await setImmediate(thrown);
}

test("a failing stream is reported as the worklist, even if it fails before it is read", async () => {
  const { home, keepFrom } = await setUp();
  const missing = createReadStream(join(home, "missing.csv"));
  for (const [stream, why] of [
    [missing, "ENOENT"],
    [Readable.from(broken(new RangeError("too far"))), "RangeError"],
    [broken(new RangeError("too far")), "RangeError"],
    [broken("too far"), "string"],
    [broken(undefined), "undefined"],
  ] as const) {
    await expect(keepFrom(stream)).rejects.toThrow(
      `--worklist: expected a stream that can be read, got one that failed (${why}).`,
    );
  }
});

async function* oneLine() {
  yield "target\n";
  for (;;) yield await setImmediate(Buffer.alloc(10_000_000, "a"));
}

test("a stream of neither bytes nor text is reported, and so is a line that would fill the memory", async () => {
  const { keepFrom } = await setUp();
  for (const [stream, told] of [
    [Readable.from([{ target: "a" }]), "a stream of bytes or of text, got [object Object]."],
    [oneLine(), "lines of at most 64 MB, got a longer one."],
  ] as const) {
    await expect(keepFrom(stream)).rejects.toThrow(told);
  }
});
