import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArchivesClient } from "@np6-archives/client";
import type { ClientOptions } from "@np6-archives/client";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { serveViewer } from "../src/web/serve.ts";

export const KEY = "key-that-nobody-may-see";

/** A viewer and a mock, both on free ports. */
export interface TestViewer {
  readonly url: string;
  readonly mock: Mock;
  /** What the viewer logged. */
  readonly log: readonly string[];
  /** Fetches a page of the viewer, without following redirects. */
  readonly get: (path: string, headers?: Record<string, string>) => Promise<Page>;
  /** The addresses of the mails that a search finds, newest first. */
  mailsOf(query: string): Promise<string[]>;
  close(): Promise<void>;
}

export interface Page {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The visible text, without tags. */
  readonly words: string;
}

/** @param mails sources by file name, to serve instead of the mock's own: each is a mail to target 000T123. */
export async function startViewer(
  options: {
    mails?: Record<string, string | Uint8Array>;
    client?: Partial<ClientOptions>;
    allowedHosts?: string[];
  } = {},
): Promise<TestViewer> {
  const folder = options.mails && (await mailFolder(options.mails));
  const mock = await startMock(folder === undefined ? {} : { mails: folder });
  const client = new ArchivesClient({
    apiKey: KEY,
    baseUrl: mock.url,
    maxRetries: 0,
    ...options.client,
  });
  const log: string[] = [];
  const viewer = await serveViewer(
    { client, allowedHosts: options.allowedHosts ?? [], log: (line) => log.push(line) },
    { host: "127.0.0.1", port: 0 },
  );
  const get = async (path: string, headers: Record<string, string> = {}): Promise<Page> => {
    const response = await fetch(new URL(path, viewer.url), { headers, redirect: "manual" });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      words: unescape(text.replaceAll(/<[^>]*>/g, " ")).replaceAll(/\s+/g, " "),
    };
  };
  return {
    url: viewer.url,
    mock,
    log,
    get,
    mailsOf: async (query) => linksOf((await get(`./?${query}`)).text, "mail?"),
    close: async () => {
      await Promise.all([viewer.close(), mock.close(), folder && rm(folder, { recursive: true })]);
    },
  };
}

/** The links on a page that start with `start`. */
export function linksOf(html: string, start: string): string[] {
  return [...html.matchAll(/(?:href|src)="([^"]*)"/g)]
    .map(([, address = ""]) => unescape(address))
    .filter((address) => address.startsWith(start));
}

function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

async function mailFolder(mails: Record<string, string | Uint8Array>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "np6-mails-"));
  for (const [name, source] of Object.entries(mails)) await writeFile(join(folder, name), source);
  return folder;
}
