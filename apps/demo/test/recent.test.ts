import { setTimeout } from "node:timers/promises";
import { TimeoutError } from "@np6-archives/client";
import type { ArchivesClient, MailArchive } from "@np6-archives/client";
import { createMailReader } from "@np6-archives/safe-mail";
import type { MailReader } from "@np6-archives/safe-mail";
import { afterAll, expect, test, vi } from "vitest";
import { readSearch } from "../src/archives/archive-search.ts";
import { RecentLists } from "../src/archives/recent-lists.ts";
import { RecentMails } from "../src/archives/recent-mails.ts";

// Recent lists and mails are cached, as far as they fit.

const reader: MailReader = createMailReader();
afterAll(() => reader.close());

const archive = (id: string): MailArchive => ({
  id,
  action: "00000A",
  target: "000T123",
  sendingDate: "2026-02-05T09:27:58.12Z",
  url: "https://storage.example/mail.eml",
  expiresOn: "2999-01-01T00:00:00Z",
});

/** Lists of `length` archives each, and the targets that were requested. */
function listsOf(length: number) {
  const asked: string[] = [];
  const client = {
    listByTarget: async (target: string) => {
      asked.push(target);
      return Array.from<MailArchive>({ length }).fill(archive(target));
    },
  } as unknown as ArchivesClient;
  const lists = new RecentLists({ client });
  const open = async (count: number) => {
    for (let index = 0; index < count; index += 1)
      await lists.recent(readSearch({ by: "target", target: String(index) }), (all) => all);
  };
  return { asked, open };
}

test("a thousand short lists are cached, and each is requested once", async () => {
  const { asked, open } = listsOf(25);
  await open(1000);
  await open(1000);
  expect(asked).toHaveLength(1000);
});

test("the oldest of long lists is dropped, and one that exceeds the limit is kept alone", async () => {
  const { asked, open } = listsOf(90_000);
  await open(3);
  expect(asked).toEqual(["0", "1", "2"]);
  await open(1);
  expect(asked).toEqual(["0", "1", "2", "0"]);
  const endless = listsOf(300_000);
  await endless.open(1);
  await endless.open(1);
  expect(endless.asked).toEqual(["0"]);
});

/** A cache of mails with these bytes, and the ids that were fetched. */
function mailsOf(bytes: Uint8Array<ArrayBuffer>) {
  const fetched: string[] = [];
  const client = {
    download: async ({ id }: MailArchive) => {
      fetched.push(id);
      return { body: new Response(bytes).body, size: bytes.length };
    },
  } as unknown as ArchivesClient;
  return { fetched, mails: new RecentMails({ client }, reader) };
}

test("the least recently read of large mails is dropped", async () => {
  const { fetched, mails } = mailsOf(Buffer.alloc(41 * 1024 * 1024, "x\r\n"));
  for (const id of ["a", "b", "a", "c", "d", "e", "f", "f", "a"]) await mails.open(archive(id));
  expect(fetched).toEqual(["a", "b", "c", "d", "e", "f", "a"]);
});

test("a mail is fetched again after ten minutes", async () => {
  const { fetched, mails } = mailsOf(Buffer.from("Subject: x\r\n\r\nx"));
  const clock = vi.spyOn(performance, "now");
  try {
    for (const minute of [0, 9, 11]) {
      clock.mockReturnValue(1 + minute * 60_000);
      await mails.open(archive("a"));
      // The cache reads the clock only once in a millisecond.
      await setTimeout(5);
    }
    expect(fetched).toEqual(["a", "a"]);
  } finally {
    clock.mockRestore();
  }
});

test("a mail that comes very slowly is given up after two minutes, and fetched again when it is requested again", async () => {
  const clock = vi.spyOn(performance, "now");
  let now = 1;
  clock.mockImplementation(() => now);
  let cancelled = 0;
  const drops = () =>
    new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          now += 14_000;
          controller.enqueue(Buffer.from("x"));
        },
        cancel: () => void (cancelled += 1),
      },
      { highWaterMark: 0 },
    );
  const client = { download: async () => ({ body: drops() }) } as unknown as ArchivesClient;
  const mails = new RecentMails({ client }, reader);
  try {
    for (const given of [1, 2]) {
      await expect(mails.open(archive("a"))).rejects.toThrow(TimeoutError);
      expect(cancelled).toBe(given);
    }
    expect(now).toBe(1 + 2 * 9 * 14_000);
  } finally {
    clock.mockRestore();
  }
});
