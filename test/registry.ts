import { execFile } from "node:child_process";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { runServer } from "verdaccio";

/** A registry on loopback: it has our packages, and gets everything else from the configured registry. */
export async function startRegistry(storage: string): Promise<{ url: string; close: () => void }> {
  const { stdout: upstream } = await promisify(execFile)("npm", ["config", "get", "registry"]);
  const server = (await runServer({
    configPath: join(storage, "config.yaml"),
    storage,
    auth: {},
    uplinks: { npm: { url: upstream.trim() } },
    packages: {
      "@np6-archives/*": { access: "$all", publish: "$all" },
      "**": { access: "$all", proxy: "npm" },
    },
    log: { type: "stdout", level: "fatal" },
    web: { enable: false },
  })) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
