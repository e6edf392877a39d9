import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that records every connection and request. */
export interface LoggingServer {
  readonly origin: string;
  /** The requests, and `(connected)` for a connection without one. */
  seen(): readonly string[];
  forget(): void;
  close(): void;
}

export async function startLoggingServer(): Promise<LoggingServer> {
  const asked: string[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    // A new connection for each request, so that every request shows as a connection.
    response.writeHead(200, { "Content-Type": "text/plain", Connection: "close" }).end("seen");
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => [
      ...asked,
      ...Array.from({ length: connections - asked.length }, () => "(connected)"),
    ],
    forget: () => {
      asked.length = 0;
      connections = 0;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
