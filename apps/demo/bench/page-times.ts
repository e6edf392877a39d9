import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArchivesClient } from "@np6-archives/client";
import { startMock } from "@np6-archives/mock";
import { html, mailSource } from "@np6-archives/test-mails/mail-source";
import { startBrowser } from "@np6-archives/test-servers/browser";
// Node cannot run .tsx, so this measures the built viewer.
import { serveViewer } from "../dist/web/serve.js";

/** Measures the viewer, and the mock alone in the same run for comparison. Prints a table. */
const ROUNDS = 21;
const SEARCH = "?by=target&target=000T123";

async function start(mails: Record<string, Uint8Array> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "np6-bench-"));
  for (const [name, source] of Object.entries(mails)) await writeFile(join(folder, name), source);
  const mock = await startMock(Object.keys(mails).length > 0 ? { mails: folder } : {});
  const client = new ArchivesClient({ apiKey: "bench", baseUrl: mock.url });
  const viewer = await serveViewer({ client }, { host: "127.0.0.1", port: 0 });
  const addressOf = (path: string) => new URL(path, viewer.url).href;
  return {
    mock,
    addressOf,
    /** The links on a page that start with `begin`. */
    linksOn: async (path: string, begin: string) =>
      [...(await (await fetch(addressOf(path))).text()).matchAll(/(?:href|src)="([^"]*)"/g)]
        .map(([, link = ""]) => link.replaceAll("&amp;", "&"))
        .filter((link) => link.startsWith(begin)),
    close: async () => {
      await Promise.all([viewer.close(), mock.close(), rm(folder, { recursive: true })]);
    },
  };
}

async function time(action: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await action();
  return performance.now() - begin;
}

const middle = (times: number[]) =>
  times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN;

async function median(action: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await time(action));
  return middle(times);
}

/** Fetches everything, and returns the number of bytes. */
async function whole(address: string): Promise<number> {
  const answer = await fetch(address, { headers: { "X-Key": "bench" } });
  return (await answer.arrayBuffer()).byteLength;
}

function books(kilobytes: number) {
  const row =
    '<tr><td style="padding:4px 8px;color:#333"><a href="https://example.com/b/42">A book</a><p>Its story in a line.</p></td></tr>';
  return html(
    `<table width="600">${row.repeat(Math.ceil((kilobytes * 1000) / row.length))}</table>`,
  );
}

function heavyMail(megabytes: number): Uint8Array {
  const content = Buffer.alloc(megabytes * 730_000, "pdf").toString("base64");
  const attachment = {
    headers: [
      "Content-Type: application/pdf",
      "Content-Disposition: attachment",
      "Content-Transfer-Encoding: base64",
    ],
    body: content.replaceAll(/.{76}/g, "$&\r\n"),
  };
  return mailSource("Heavy", [books(100), attachment]);
}

const rows: Record<string, { measured: string; asked: string }> = {};
const ms = (value: number) => `${value.toFixed(1)} ms`;

async function measureSearches(): Promise<void> {
  const { mock, addressOf, close } = await start();
  for (const [target, name, asked] of [
    ["000T123", "search page, over the mock's own time", "50 ms"],
    ["00010000", "first page of 10,000, over the mock's own time", "300 ms"],
  ] as const) {
    const alone = () => whole(`${mock.url}/targets/${target}/archives`);
    const page = () => whole(addressOf(`?by=target&target=${target}`));
    await Promise.all([alone(), page()]);
    const [below, above] = [await median(alone), await median(page)];
    const measured = `${ms(above - below)} (${ms(above)} against ${ms(below)}, ratio ${(above / below).toFixed(2)})`;
    rows[name] = { measured, asked };
  }
  await close();
}

async function measureMails(): Promise<void> {
  const mail = mailSource("Books", books(100));
  const { addressOf, linksOn, close } = await start(
    Object.fromEntries(Array.from({ length: ROUNDS + 1 }, (_, index) => [`${index}.eml`, mail])),
  );
  const mails = await linksOn(SEARCH, "mail?");
  const [first = ""] = mails;
  const browser = await startBrowser();
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  const onScreen = async () => {
    await page.goto(addressOf(mails.shift() ?? ""));
    await page.frames()[1]?.waitForLoadState();
    await page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))),
    );
  };
  await onScreen();
  const measured = ms(await median(onScreen));
  rows["a 100 KB mail on screen in Chromium, never opened before"] = { measured, asked: "300 ms" };
  await browser.close();

  const files = [first, ...(await linksOn(first, "./assets/"))];
  const sizes = await Promise.all(files.map((path) => whole(addressOf(path))));
  const weight = sizes.reduce((sum, size) => sum + size, 0) / 1000;
  rows["a mail's page with its files, without the mail"] = {
    measured: `${weight.toFixed(1)} KB`,
    asked: "60 KB",
  };
  await close();
}

async function measureHeavyMail(): Promise<void> {
  const { addressOf, linksOn, close } = await start({ "heavy.eml": heavyMail(30) });
  const [mail = ""] = await linksOn(SEARCH, "mail?");
  const search = () => whole(addressOf(SEARCH));
  const idle = await median(search);
  const progress = { done: false };
  const opened = time(() => whole(addressOf(mail))).finally(() => (progress.done = true));
  const meanwhile: number[] = [];
  while (!progress.done) meanwhile.push(await time(search));
  rows["a 30 MB mail, fetched and read"] = { measured: ms(await opened), asked: "" };
  rows[`another search meanwhile (${meanwhile.length} of them)`] = {
    measured: `${ms(middle(meanwhile))} in the middle, ${ms(Math.max(...meanwhile))} at worst (${ms(idle)} when idle)`,
    asked: "quickly",
  };
  await close();
}

await measureSearches();
await measureMails();
await measureHeavyMail();
console.table(rows);
