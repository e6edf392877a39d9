import { once } from "node:events";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

// Not imported, which would load all of fetch and WebSocket with it: a tenth of the time to the first answer.
const { createServer } = process.getBuiltinModule("node:http");

/** A server that has its port and answers nothing yet. */
export interface Origin {
  name: "api" | "blob";
  /** Such as `http://127.0.0.1:4010`. */
  url: string;
  /** Whether only this machine can reach it. */
  loopback: boolean;
  server: Server;
  /** The requests that came before it was ready to answer. */
  early: [IncomingMessage, ServerResponse][];
}

/** Headers larger than this are answered 431. */
const MAX_HEADER_SIZE = 16_384;

/**
 * Takes a port; 0 takes any free one.
 *
 * Rejects with an Error of one line when the port or the host cannot be had.
 */
export async function openOrigin(
  name: "api" | "blob",
  host: string,
  port: number,
): Promise<Origin> {
  const server = createServer({
    maxHeaderSize: MAX_HEADER_SIZE,
    requireHostHeader: false,
    keepAliveTimeout: 60_000,
  });
  const early: Origin["early"] = [];
  server.on("request", (...exchange) => early.push(exchange));
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const what = name === "api" ? "the API (port)" : "the mails (blobPort)";
    const reason =
      code === "EADDRINUSE"
        ? `port ${port} on ${host} is already in use`
        : code === "EACCES"
          ? `port ${port} on ${host} needs more rights than this process has`
          : `${host}:${port} cannot be had (${code})`;
    throw new Error(`No place to serve ${what}: ${reason}.`, { cause: error });
  }
  const { port: taken, address } = server.address() as AddressInfo;
  const loopback = /^(?:::ffff:)?127\.|^::1$/.test(address);
  return { name, url: `http://${urlHost(host)}:${taken}`, loopback, server, early };
}

/** Ends a server and every open connection. */
export async function closeOrigin({ server }: Origin): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}

/** The host in the server's URL: 0.0.0.0 means every interface, which not every client can connect to. */
function urlHost(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
