import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { onTestFinished } from "vitest";
import { ArchivesClient } from "../src/index.ts";
import type { ClientOptions, MailArchive } from "../src/index.ts";

/** A server that lives as long as the test. */
export interface TestServer {
  url: string;
  /** The requests it got, in order. */
  requests: { at: number; method: string; url: string; headers: IncomingMessage["headers"] }[];
  /** How many connections are open. */
  connections(): number;
}

/** Starts a real HTTP server on a free port of this machine. */
export async function serve(answer: RequestListener): Promise<TestServer> {
  const requests: TestServer["requests"] = [];
  const sockets = new Set<Socket>();
  // On a busy machine a connection may idle past the default 5 s, and be closed just as the next request is sent.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const { method = "", url = "", headers } = request;
    requests.push({ at: performance.now(), method, url, headers });
    answer(request, response);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, connections: () => sockets.size };
}

/** A URL that nothing answers. */
export async function unusedUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

/** Answers the first request with the first of these, and so on; the last answers all that follow. */
export function inTurn(
  ...answers: ((request: IncomingMessage, response: ServerResponse) => void)[]
): RequestListener {
  let turn = 0;
  return (request, response) => answers[Math.min(turn++, answers.length - 1)]?.(request, response);
}

/** Answers with a status, headers and a body. */
export function status(
  code: number,
  headers: Record<string, string> = {},
  body = "",
): RequestListener {
  return (_, response) => response.writeHead(code, headers).end(body);
}

export const MEDIA_TYPE = "application/vnd.np6.cm.mail.archive";

/** Answers with a list. */
export function list(archives: unknown, headers: Record<string, string> = {}): RequestListener {
  return status(200, { "content-type": MEDIA_TYPE, ...headers }, JSON.stringify(archives));
}

/** An archive as the service lists it, its link usable for a day. */
export function archive(changes: Partial<MailArchive> = {}): MailArchive {
  return {
    id: "43fb9527-e5b2-4bcd-8dfd-b5a8bc881e11",
    action: "00000A",
    target: "000T123",
    sendingDate: "2026-02-05T09:27:58.67Z",
    url: "https://example.blob.core.windows.net/example/mail.eml?sr=b&sp=r&sig=bm90IGEgc2lnbmF0dXJl",
    expiresOn: new Date(Date.now() + 86_400_000).toISOString(),
    ...changes,
  };
}

export const API_KEY = "the-key-of-these-tests";

/** A client of `server`. */
export function clientOf(server: { url: string }, options: ClientOptions = {}): ArchivesClient {
  return new ArchivesClient({ apiKey: API_KEY, baseUrl: server.url, ...options });
}
