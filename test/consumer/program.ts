// A program as another team writes it with the published packages: the installed mock's command, the client, the kit.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { ArchivesClient, NotFoundError } from "@np6-archives/client";
import type { MailArchive } from "@np6-archives/client";
import { contractFetch } from "@np6-archives/contract";
import type { Mock } from "@np6-archives/mock";
import { readMail } from "@np6-archives/safe-mail";
import type { SafeMail } from "@np6-archives/safe-mail";

const [program, ...options] = process.argv.slice(2);
if (program === undefined) throw new Error("usage: program.ts MOCK [OPTION ...]");
const mock = spawn(program, options, { stdio: ["ignore", "pipe", "inherit"] });

let baseUrl: Mock["url"] | undefined;
for await (const line of createInterface({ input: mock.stdout })) {
  baseUrl = /API +(http:\S+)/.exec(line)?.[1];
  if (baseUrl !== undefined) break;
}
if (baseUrl === undefined) throw new Error("the mock printed no URL");

const client = new ArchivesClient({ apiKey: "demo", baseUrl, fetch: await contractFetch() });
const archives: MailArchive[] = await client.listByTarget("000T123");
const [newest] = archives;
if (newest === undefined) throw new Error("the mock has no archive for 000T123");
const subject: string | undefined = newest.subject;
const mail = await (await client.download(newest)).bytes();
const read: SafeMail = await readMail(mail);
let shown: string | undefined;
for (const archive of archives) {
  shown = (await readMail(await (await client.download(archive)).bytes())).html?.content;
  if (shown !== undefined) break;
}
const unknown = await client.listByTarget("000F404").catch((error: unknown) => error);

mock.kill("SIGINT");
await once(mock, "exit");
console.log(
  JSON.stringify({
    archives: archives.length > 10,
    subject: subject ?? null,
    mail: /^From: /m.test(new TextDecoder().decode(mail)),
    read: read.from.includes("@") && read.problem === undefined,
    shown: /<(?:p|table|div)\b/.test(shown ?? ""),
    unknown: unknown instanceof NotFoundError && unknown.requestId !== undefined,
    mock: mock.exitCode,
  }),
);
