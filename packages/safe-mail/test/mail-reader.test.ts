import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runInNewContext } from "node:vm";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { afterEach, expect, test } from "vitest";
import { createMailReader, readMail } from "../src/index.ts";
import type { MailReader, MailReaderOptions } from "../src/index.ts";

const readers: MailReader[] = [];
const reader = (options: MailReaderOptions) => {
  const made = createMailReader(options);
  readers.push(made);
  return made;
};
afterEach(() => Promise.all(readers.splice(0).map((made) => made.close())));

const mail = (subject: string) => mailSource(subject, html(`<p>${subject}</p>`));

/** Every style is different, so none can be reused. */
const slow = mailSource(
  "slow",
  html(Array.from({ length: 300_000 }, (_, at) => `<p style="width:calc(${at}px)">`).join("")),
);

test("reads more mails than it has threads, each with its own answer", async () => {
  const subjects = Array.from({ length: 9 }, (_, index) => `Mail ${index}`);
  const reading = reader({ threads: 2 });
  const mails = await Promise.all(subjects.map((subject) => reading.read(mail(subject))));
  expect(mails.map(({ subject }) => subject)).toEqual(subjects);
});

test("gives the same as readMail, with each file in memory of its own", async () => {
  const file = { headers: ["Content-Type: a/b"], body: "bytes" };
  const source = mailSource("files", [html("<p>x</p>"), file, file]);
  const read = await reader({ threads: 1 }).read(source);
  expect(read).toEqual(await readMail(source));
  expect(read.attachments.map(({ content }) => content.buffer.byteLength)).toEqual([5, 5]);
});

test("stops a mail that takes too much CPU time, and reads the next", async () => {
  const reading = reader({ threads: 1, cpuTime: 1000 });
  const [stopped, next] = await Promise.all([reading.read(slow), reading.read(mail("next"))]);
  expect(stopped.problem).toBe("too-slow");
  expect(next).toMatchObject({ subject: "next", problem: undefined });
});

test("does not count the time that its thread waits for others", async () => {
  const source = mailSource("patient", html("<p><b>x</b></p>".repeat(5000)));
  const alone = reader({ threads: 1 });
  await alone.read(source);
  const from = performance.now();
  await alone.read(source);
  const cpuTime = 3 * (performance.now() - from) + 100;
  // Enough threads to make each wait longer than that.
  const others = reader({ threads: 8, cpuTime: 4 * cpuTime });
  const enough = new AbortController();
  const { signal } = enough;
  const busy = Array.from({ length: 8 }, () => others.read(slow, { signal }));
  const reading = reader({ threads: 1, cpuTime });
  expect((await reading.read(source)).problem).toBeUndefined();
  expect((await reading.read(source)).problem).toBeUndefined();
  enough.abort();
  await Promise.allSettled(busy);
});

test.each([
  ["elements", html("<p><b>x</b></p>".repeat(400_000))],
  // One string larger than the memory left would end a thread's whole process.
  ["a text", html(`<p>x</p><i>${"\u{153} word ".repeat(2_000_000)}</i>`)],
  ["links", html('<a href="http://x.example/aaaaaaaaaaaaaaaaaaaaaaaa">x</a>'.repeat(200_000))],
  ["a file", { headers: ["Content-Type: a/b"], body: new Uint8Array(66_000_000) }],
  ["bytes", { headers: ["Content-Type: a/b"], body: new Uint8Array(70_000_000) }],
])("survives a mail that takes too much memory for %s, and reads the next", async (_, content) => {
  const reading = reader({ threads: 1, memory: 64 });
  expect((await reading.read(mailSource("greedy", content))).problem).toBe("too-much-memory");
  expect((await reading.read(mail("next"))).subject).toBe("next");
});

test("does not keep the program running", async () => {
  const face = new URL("../src/index.ts", import.meta.url);
  const program = `
    import { createMailReader } from ${JSON.stringify(face.href)};
    const mail = await createMailReader().read(Buffer.from("Subject: seen\\n\\nx"));
    console.log(mail.subject);`;
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--input-type=module",
    "--eval",
    program,
  ]);
  expect(stdout).toBe("seen\n");
});

test("stops reading an aborted mail, waiting or begun, and reads the next", async () => {
  const reading = reader({ threads: 1 });
  const [first, second] = [new AbortController(), new AbortController()];
  const begun = reading.read(slow, { signal: first.signal });
  const waiting = reading.read(mail("waiting"), { signal: second.signal });
  second.abort(new Error("not needed"));
  await expect(waiting).rejects.toThrow("not needed");
  first.abort();
  await expect(begun).rejects.toMatchObject({ name: "AbortError" });
  await expect(reading.read(mail("x"), { signal: first.signal })).rejects.toMatchObject({
    name: "AbortError",
  });
  expect((await reading.read(mail("next"))).subject).toBe("next");
});

test("rejects what is being read, and everything later, once it is closed", async () => {
  const reading = reader({ threads: 1 });
  const both = [reading.read(slow), reading.read(mail("waiting"))].map((result) =>
    result.catch((error: unknown) => String(error)),
  );
  await reading.close();
  const told = "Error: Expected the reader to be open, got one that was closed.";
  expect(await Promise.all(both)).toEqual([told, told]);
  await expect(reading.read(mail("x"))).rejects.toThrow("closed");
});

test.each([
  [{ threads: 0 }, "threads: expected a whole number of 1 or more, got 0."],
  [{ cpuTime: -1 }, "cpuTime: expected milliseconds above 0, got -1."],
  [{ memory: Number.NaN }, "memory: expected megabytes above 0, got NaN."],
  // A string would be concatenated with the memory that the engine needs, to a number of five digits.
  [{ memory: "512" as never }, 'memory: expected megabytes above 0, got "512".'],
  [{ cpuTime: "1000" as never }, 'cpuTime: expected milliseconds above 0, got "1000".'],
])("refuses invalid options: %j", (options, message) => {
  expect(() => createMailReader(options)).toThrow(new RangeError(message));
});

test("refuses an unknown option, such as a misspelt limit", () => {
  expect(() => createMailReader({ cputime: 1000 } as never)).toThrow(
    new TypeError(
      'createMailReader: expected one of the options threads, cpuTime, memory, got "cputime".',
    ),
  );
});

test("an option that is undefined counts as left out", async () => {
  const options: Record<keyof MailReaderOptions, undefined> = {
    threads: undefined,
    cpuTime: undefined,
    memory: undefined,
  };
  const seen = await reader(options).read(mail("x"), { signal: undefined });
  expect(seen.problem).toBeUndefined();
});

test("refuses anything but bytes", async () => {
  for (const [given, kind] of [
    ["mail", "String"],
    [new ArrayBuffer(4), "ArrayBuffer"],
    [Promise.resolve(mail("x")), "Promise"],
    [null, "Null"],
  ] as [never, string][]) {
    const refused = new TypeError(`bytes: expected a Uint8Array, got ${kind}.`);
    await expect(reader({}).read(given)).rejects.toThrow(refused);
    await expect(readMail(given)).rejects.toThrow(refused);
  }
});

test("accepts bytes and a signal of another realm, as in jsdom", async () => {
  const bytes = runInNewContext("Uint8Array.from(sent)", { sent: mail("far") }) as Uint8Array;
  expect(bytes).not.toBeInstanceOf(Uint8Array);
  expect((await readMail(bytes)).subject).toBe("far");
  const signal = Object.assign(new EventTarget(), { aborted: false, reason: "enough" });
  Object.defineProperty(signal, Symbol.toStringTag, { value: "AbortSignal" });
  const one = reader({ threads: 1 });
  expect((await one.read(bytes, { signal: signal as never })).subject).toBe("far");
  const given = one.read(bytes, { signal: signal as never });
  signal.aborted = true;
  signal.dispatchEvent(new Event("abort"));
  await expect(given).rejects.toBe("enough");
});

test("an invalid signal is refused at once, and the reader goes on", async () => {
  const one = reader({ threads: 1 });
  await expect(one.read(mail("s"), { signal: "x" as never })).rejects.toThrow(
    "signal: expected an AbortSignal, got String.",
  );
  expect((await one.read(mail("s"))).subject).toBe("s");
});
