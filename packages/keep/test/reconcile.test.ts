import { appendFile, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { erase, keep, reconcile } from "../src/index.ts";
import {
  IS_POSIX,
  archiveOf,
  command,
  folder,
  idOf,
  listing,
  startServer,
  worklistOf,
} from "./store-and-server.ts";

/** A store: t0 and t1 have two mails, t2's only one is blank, t3 is unknown, and stamp s1 is one of t0's. */
async function setUp() {
  const server = await startServer({
    each: 2,
    judge(path) {
      if (path.startsWith("/targets/t3/")) return { status: 404 };
      if (path.startsWith("/actions/stamp/")) return listing([archiveOf(server.url, "t0", 1)]);
      return path.startsWith("/targets/t2/")
        ? listing([{ ...archiveOf(server.url, "t2", 0), url: "" }])
        : undefined;
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const options = { client: server.client, store, rate: 1000 };
  await keep({ ...options, worklist: await worklistOf(home, 4) });
  await writeFile(join(home, "stamps.csv"), "stamp\ns1\n");
  await keep({ ...options, worklist: join(home, "stamps.csv") });
  const sent = join(home, "sent.csv");
  return {
    server,
    home,
    store,
    sent,
    /** The results of the given events, one for each row. */
    resultsOf: async (...rows: string[]): Promise<string[]> => {
      await writeFile(sent, rows.map((row) => `${row}\n`).join(""));
      const report = await reconcile({ store, sent });
      const text = await readFile(join(store, "reconciliation.csv"), "utf8");
      const [header, ...lines] = text.trim().split("\n");
      expect(header).toBe(`${rows[0]},result,archive`);
      expect(report.events).toBe(lines.length);
      return lines.map((line, i) => line.slice((rows[i + 1]?.length ?? 0) + 1));
    },
  };
}

// The mails of these tests are sent at 00:00 and at 01:00 of this day.
const DAY = "2026-01-01";

test("each event is kept, a gap, or never listed", async () => {
  const { resultsOf } = await setUp();
  const results = await resultsOf("target", "t0", "t1", "t2", "t3", "t9");
  expect(results).toEqual([
    expect.stringMatching(/^kept,.*-t0-[01]$/),
    expect.stringMatching(/^kept,.*-t1-[01]$/),
    `blank,${idOf("t2", 0)}`,
    "unknown,",
    "never listed,",
  ]);
});

test("an archive is matched to one event, and an event to the action and minute that it names", async () => {
  const { resultsOf } = await setUp();
  const results = await resultsOf(
    "target,action,sentAt",
    `t0,00000A,${DAY}T01:00:59Z`,
    `t0,00000A,${DAY}T01:00:00Z`,
    `t0,00000B,${DAY}T00:00:00Z`,
    `t0,00000A,${DAY}T00:01:01Z`,
    `t0,00000A,${DAY}T00:01:00Z`,
    "t1,,",
    "t1,,",
    "t1,,",
  );
  expect(results).toEqual([
    `kept,${idOf("t0", 1)}`,
    "never listed,",
    "never listed,",
    "never listed,",
    `kept,${idOf("t0", 0)}`,
    expect.stringMatching(/^kept,/),
    expect.stringMatching(/^kept,/),
    "never listed,",
  ]);
});

test.each([
  `${DAY}T02:00:00+01:00`,
  `${DAY}T01:00:00`,
  `${DAY} 01:00`,
  `${DAY}T01:00:00.5Z`,
  `${DAY} 02:00:00.5+01`,
])("an event sent at %s is matched", async (sentAt) => {
  const { resultsOf } = await setUp();
  expect(await resultsOf("target,sentAt", `t0,${sentAt}`)).toEqual([`kept,${idOf("t0", 1)}`]);
});

test("a stamp alone finds its mail, and the team's own columns stay as they are", async () => {
  const { resultsOf } = await setUp();
  const results = await resultsOf(
    "name,stamp,target",
    '"Ada, ""the first""",s1,',
    "Bob,s2,",
    "Ada,s1,t1",
  );
  expect(results).toEqual([`kept,${idOf("t0", 1)}`, "never listed,", "never listed,"]);
});

test("an event whose mail is a gap is reported as that gap, though another mail of its minute is kept", async () => {
  const mailAt = (second: string, n: number) => ({
    ...archiveOf(server.url, "t0", n),
    sendingDate: `${DAY}T09:00:${second}Z`,
  });
  const server = await startServer({
    judge(path) {
      if (path.startsWith("/mail/")) return undefined;
      return listing([{ ...mailAt("00", 0), url: "" }, mailAt("50", 1)]);
    },
  });
  const home = await folder();
  const store = join(home, "store");
  const worklist = await worklistOf(home, 1);
  await keep({ client: server.client, store, rate: 1000, worklist });
  const sent = join(home, "sent.csv");
  await writeFile(sent, `target,sentAt\nt0,${DAY}T09:00:00Z\n`);
  expect(await reconcile({ store, sent })).toEqual({ events: 1, results: { blank: 1 } });
  // Where the event does not say which of them it is, it is the one that is kept.
  await writeFile(sent, `target,sentAt\nt0,${DAY}\n`);
  expect(await reconcile({ store, sent })).toEqual({ events: 1, results: { kept: 1 } });
});

test("the more precise an event is the earlier it is matched, wherever it stands in the file", async () => {
  const { resultsOf } = await setUp();
  const vague = "t0,,,";
  const precise = `t0,,${DAY}T00:00:00Z,`;
  for (const rows of [
    [vague, precise],
    [precise, vague],
    ["t0,00000A,,", precise],
    ["t0,,,s9", precise],
    [vague, "t0,,,s1", "t0,00000A,,"],
  ]) {
    const results = await resultsOf("target,action,sentAt,stamp", ...rows);
    const of = (row: string) => results[rows.indexOf(row)];
    if (rows.includes(precise)) expect(of(precise)).toBe(`kept,${idOf("t0", 0)}`);
    else
      expect(results).toEqual(["never listed,", `kept,${idOf("t0", 1)}`, `kept,${idOf("t0", 0)}`]);
  }
});

test("an event that names only a stamp has that stamp's result", async () => {
  const server = await startServer({
    judge: (path) => (path.includes("/stamp/s2/") ? { status: 404 } : listing([])),
  });
  const home = await folder();
  const store = join(home, "store");
  const [worklist, sent] = [join(home, "w.csv"), join(home, "sent.csv")];
  await writeFile(worklist, "stamp\ns1\ns2\n");
  await keep({ client: server.client, store, rate: 1000, worklist });
  await writeFile(sent, "stamp\ns1\ns2\ns9\n");
  await reconcile({ store, sent });
  expect(
    (await readFile(join(store, "reconciliation.csv"), "utf8")).split("\n").slice(1, 4),
  ).toEqual(["s1,never listed,", "s2,unknown,", "s9,never listed,"]);
});

test("only a line break ends a row", async () => {
  const { store, sent } = await setUp();
  await writeFile(sent, "target,subject\rt0,a\u2028b\u2029c\rt1,d\u0085e\r");
  expect(await reconcile({ store, sent })).toEqual({ events: 2, results: { kept: 2 } });
});

test("a day stands for all of it, in UTC", async () => {
  const { resultsOf } = await setUp();
  const sent = ["2025-12-31", DAY, DAY, "2026-01-02"].map((day) => `t0,${day}`);
  const results = await resultsOf("target,sentAt", ...sent);
  expect(results).toEqual([
    "never listed,",
    expect.stringMatching(/^kept,.*-t0-[01]$/),
    expect.stringMatching(/^kept,.*-t0-[01]$/),
    "never listed,",
  ]);
});

test("an event with action and time is matched before one with only a time", async () => {
  const { resultsOf } = await setUp();
  const results = await resultsOf(
    "target,action,sentAt",
    `t0,,${DAY}T00:00:00Z`,
    `t0,00000A,${DAY}T00:00:00Z`,
    `t1,,${DAY}T01:00:00Z`,
  );
  expect(results).toEqual([
    "never listed,",
    expect.stringMatching(/^kept,.*-t0-0$/),
    expect.stringMatching(/^kept,.*-t1-1$/),
  ]);
});

test("what a stamp brought does not answer for the target's other events", async () => {
  const { server, home, store, resultsOf } = await setUp();
  const worklist = join(home, "both.csv");
  await writeFile(worklist, "target,stamp\nt3,s1\n");
  await keep({ client: server.client, store, rate: 1000, worklist });
  expect(await resultsOf("target", "t3")).toEqual(["unknown,"]);
});

test.each(["target;action", '"target";"action"', '"target'])(
  "a header %s is reported as no header",
  async (header) => {
    const { store, sent } = await setUp();
    await writeFile(sent, `${header}\n"t0";"a"\n`);
    await expect(reconcile({ store, sent })).rejects.toThrow(
      "The first line: expected a header in UTF-8, columns separated by commas",
    );
  },
);

test("a column that occurs twice is reported, as one would be ignored", async () => {
  const { store, sent } = await setUp();
  await writeFile(sent, "target,sentAt,sentAt\nt0,2026-01-01,2026-01-02\n");
  await expect(reconcile({ store, sent })).rejects.toThrow("each once");
});

test.each(["Action", "sent_at", "Sent At", "TARGET"])(
  "a column %s is reported, as it would be ignored",
  async (column) => {
    const { store, sent } = await setUp();
    await writeFile(sent, `${column === "TARGET" ? "stamp" : "target"},${column}\nt0,x\n`);
    await expect(reconcile({ store, sent })).rejects.toThrow(
      /The first line: expected the column \w+, got/,
    );
  },
);

test("an erasure during a reconciliation is reported, and nobody who is erased is named again", async () => {
  const { store, sent } = await setUp();
  await writeFile(sent, `target\n${"t0\n".repeat(20_000)}`);
  const [reconciled] = await Promise.allSettled([
    reconcile({ store, sent }),
    erase({ store, target: "t0", reason: "request 12" }),
  ]);
  if (reconciled.status === "rejected") {
    expect(String(reconciled.reason)).toContain("Another command changed the store meanwhile");
  }
  const left = await readFile(join(store, "reconciliation.csv"), "utf8").catch(() => "");
  expect(left).not.toContain("t0");
});

test("events that are still being written are reported, and not as never listed", async () => {
  const { store, sent } = await setUp();
  await writeFile(sent, `target\n${"t0\n".repeat(20_000)}`);
  const reconciled = reconcile({ store, sent }).catch(String);
  const over = reconciled.then(() => true);
  while (!(await Promise.race([over, sleep(1)]))) await appendFile(sent, "t0\n");
  expect(await reconciled).toContain("expected a file that stays as it is, got one that changed");
  expect(await readdir(store)).not.toContain("reconciliation.csv");
});

test("two reconciliations at once leave one of the files complete", async () => {
  const { store, home } = await setUp();
  const [one, other] = ["one", "other"].map((word) => join(home, `${word}.csv`)) as [
    string,
    string,
  ];
  await writeFile(one, `target,note\n${"t1,one\n".repeat(5000)}`);
  await writeFile(other, `target,note\n${"t1,other\n".repeat(5000)}`);
  await Promise.all([one, other].map((sent) => reconcile({ store, sent })));
  const lines = (await readFile(join(store, "reconciliation.csv"), "utf8")).trim().split("\n");
  expect(lines).toHaveLength(5001);
  expect(new Set(lines.slice(1).map((line) => line.split(",")[1])).size).toBe(1);
  expect(await readdir(store)).not.toContainEqual(expect.stringMatching(/\.part$/));
});

test("exit 0 when every event is kept, 1 when one is not", async () => {
  const { server, store, sent } = await setUp();
  await writeFile(sent, "target\nt0\nt1\n");
  const args = ["reconcile", "--store", store, "--sent", sent];
  expect(await command(server.url, ...args)).toMatchObject({ code: 0 });
  await writeFile(sent, "target\nt0\nt9\n");
  const { code, stdout } = await command(server.url, ...args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^2 events\n {2}1 kept\n {2}1 never listed\n/);
});

test.runIf(IS_POSIX)(
  "a store that cannot be written is reported in plain words, with exit 3",
  async () => {
    const { server, store, sent } = await setUp();
    await writeFile(sent, "target\nt0\n");
    const args = ["reconcile", "--store", store, "--sent", sent];
    expect(await command({ url: server.url, fileKilobytes: 0 }, ...args)).toEqual({
      code: 3,
      stdout: "",
      stderr: "np6-archives-keep: The store cannot be written: EFBIG: file too large, write\n",
    });
  },
);

test.each<[string, string | Buffer | undefined, RegExp?]>([
  [
    "an id that is not UTF-8",
    Buffer.from("target\nt0\ncaf\xe9\n", "latin1"),
    /sent\.csv, line 3: The row: expected ids in UTF-8/,
  ],
  ["an invalid time", "target,sentAt\nt0,\nt0,02/05/2026\n", /sent\.csv, line 3: sentAt: /],
  ["an invalid day", "target,sentAt\nt0,2026-02-30\n", /sent\.csv, line 2: sentAt: /],
  ["a quote that is not closed", 'target,name\nt0,"Ada\nt1,Bob\n', /sent\.csv, line 2: /],
  ["a row with too many fields", "target,name\nt0,Lovelace, Ada\n", /sent\.csv, line 2: /],
  ["an unknown header", "name\nAda\n"],
  ["an empty file", ""],
  ["no such file", undefined],
])(
  "%s is refused with one line and exit 2, and the last table stays",
  async (_, text, said = /./) => {
    const { server, store, sent, resultsOf } = await setUp();
    await resultsOf("target", "t0");
    const before = await readFile(join(store, "reconciliation.csv"), "utf8");
    const from = text === undefined ? `${sent}.gone` : sent;
    if (text !== undefined) await writeFile(sent, text);
    const { code, stderr } = await command(
      server.url,
      "reconcile",
      "--store",
      store,
      "--sent",
      from,
    );
    expect(code).toBe(2);
    expect(stderr).toMatch(/^np6-archives-keep: .*expected .*, got .*\n$/);
    expect(stderr).toMatch(said);
    expect(await readFile(join(store, "reconciliation.csv"), "utf8")).toBe(before);
  },
);

test("reads the rows of an address that got many mailings once, not for each of its events", async () => {
  const { client } = await startServer({ each: 200 });
  const home = await folder();
  const store = join(home, "store");
  await keep({ client, worklist: await worklistOf(home, 1), store, rate: 1000 });
  const sent = join(home, "sent.csv");
  const events = Array.from({ length: 200 }, (_, hour) =>
    new Date(Date.UTC(2026, 0, 1, hour)).toISOString(),
  );
  await writeFile(sent, ["target,sentAt", ...events.map((at) => `t0,${at}`), ""].join("\n"));
  const all = vi.spyOn(StatementSync.prototype, "all");
  try {
    const { results } = await reconcile({ store, sent });
    expect(results).toEqual({ kept: 200 });
    const read = all.mock.results.reduce((sum, { value }) => sum + (value as unknown[]).length, 0);
    expect(read).toBeLessThan(1000);
  } finally {
    all.mockRestore();
  }
});
