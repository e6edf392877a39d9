import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { createMailReader } from "@np6-archives/safe-mail";
import { hostAndPort } from "../command/address.ts";
import type { Address } from "../command/address.ts";
import { createViewer } from "./app.tsx";
import type { ViewerOptions } from "./app.tsx";

export interface RunningViewer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts the viewer. With port 0 it takes one that is free.
 *
 * @throws the system's error when it cannot listen there.
 */
export async function serveViewer(
  options: Omit<ViewerOptions, "reader" | "log"> & { readonly log?: ViewerOptions["log"] },
  { host, port }: Pick<Address, "host" | "port">,
): Promise<RunningViewer> {
  const reader = createMailReader();
  const tell = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  let isClosing = false;
  const viewer = createViewer({
    ...options,
    // Its own host is allowed, also if that is a name.
    allowedHosts: [...(options.allowedHosts ?? []), host],
    reader,
    // Requests that are cut off by closing are no failures.
    log: (line) => {
      if (!isClosing) tell(line);
    },
  });
  const server = createAdaptorServer({ fetch: viewer.fetch }) as Server;
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    await reader.close();
    throw error;
  }
  const { address, port: taken } = server.address() as AddressInfo;
  // An address that means every interface cannot be opened everywhere.
  const reached = address === "0.0.0.0" || address === "::" ? "127.0.0.1" : host;
  return {
    url: `http://${hostAndPort({ host: reached, port: taken })}/`,
    close: async () => {
      isClosing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, reader.close()]);
    },
  };
}
