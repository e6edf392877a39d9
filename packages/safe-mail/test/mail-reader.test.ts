import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { afterEach, expect, test } from "vitest";
import { createMailReader } from "../src/index.ts";
import type { MailReader, MailReaderOptions } from "../src/index.ts";

const readers: MailReader[] = [];
const reader = (options: MailReaderOptions) => {
  const made = createMailReader(options);
  readers.push(made);
  return made;
};
afterEach(() => Promise.all(readers.splice(0).map((made) => made.close())));

const mail = (subject: string) => mailSource(subject, html(`<p>${subject}</p>`));

/** Formatting elements that never close: each paragraph opens all of them again. */
const slow = mailSource("slow", html(`${"<b><i><u><font>".repeat(400)}${"<p>x".repeat(60_000)}`));

test("reads more mails than it has threads, each with its own answer", async () => {
  const subjects = Array.from({ length: 9 }, (_, index) => `Mail ${index}`);
  const reading = reader({ threads: 2 });
  const mails = await Promise.all(subjects.map((subject) => reading.read(mail(subject))));
  expect(mails.map(({ subject }) => subject)).toEqual(subjects);
});

test("stops a mail that takes too long, and reads the next", async () => {
  const reading = reader({ threads: 1, timeout: 1500 });
  const [stopped, next] = await Promise.all([reading.read(slow), reading.read(mail("next"))]);
  expect(stopped.problem).toBe("too-slow");
  expect(next).toMatchObject({ subject: "next", problem: undefined });
});

test("outlives a mail that takes too much memory, and reads the next", async () => {
  const reading = reader({ threads: 1, memory: 32 });
  const greedy = mailSource("greedy", html("<p><b>x</b></p>".repeat(400_000)));
  expect((await reading.read(greedy)).problem).toBe("unreadable");
  expect((await reading.read(mail("next"))).subject).toBe("next");
});
