import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A server for one test. */
export interface AnsweringServer {
  /** Such as `http://127.0.0.1:34567`. */
  url: string;
  /** The requests it got. */
  requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Serves with `listener` on a free port. */
export async function answeringServer(listener: RequestListener): Promise<AnsweringServer> {
  const requests: IncomingMessage[] = [];
  // On a busy machine a connection may idle past the default 5 s, and be closed just as the next request is sent.
  const server: Server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
