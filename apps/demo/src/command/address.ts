import { UsageError } from "./run-command.ts";

/** Where a server should listen, and the names of the environment variables for it. */
export interface Address {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly hostName: string;
  readonly portName: string;
}

/**
 * Reads an address from the environment. An empty or blank variable counts as unset. The default host is this machine
 * alone.
 *
 * @param port the port when the environment has none.
 * @throws UsageError when the port is none.
 */
export function addressFrom(
  env: NodeJS.ProcessEnv,
  portName: string,
  hostName: string,
  port: number,
): Address {
  const given = env[portName]?.trim() || String(port);
  const value = Number(given);
  if (!/^\d+$/.test(given) || value > 65_535) {
    throw new UsageError(`${portName}: expected a port from 0 to 65535, got "${given}".`);
  }
  return { port: value, host: env[hostName]?.trim() || "127.0.0.1", hostName, portName };
}

/** Error codes of an address that cannot be listened on: a link-local one without its interface is invalid. */
const NO_ADDRESS = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "EINVAL"]);

/** @throws UsageError when two of the addresses have the same port, other than 0. */
export function checkPortsDiffer(addresses: readonly Address[]): void {
  for (const [index, { port, portName }] of addresses.entries()) {
    const same = addresses.slice(0, index).find((other) => port !== 0 && other.port === port);
    if (same === undefined) continue;
    throw new UsageError(
      `${same.portName} and ${portName} are both ${port}: each needs a port of its own.`,
    );
  }
}

/**
 * Starts what listens on these addresses, all on one host.
 *
 * @throws UsageError which names the variable to set when an address cannot be had.
 * @throws whatever else `start` throws.
 */
export async function listenOn<T>(
  addresses: readonly [Address, ...Address[]],
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    // The mock wraps the system's error.
    const { code, syscall, port } = (
      error instanceof Error && error.cause instanceof Error ? error.cause : error
    ) as NodeJS.ErrnoException & { port?: number };
    const address = addresses.find((one) => one.port === port) ?? addresses[0];
    const { host, hostName, portName } = address;
    if (code === "EADDRINUSE") {
      throw new UsageError(
        `Port in use: something else listens on ${hostAndPort(address)}. Set another port with ${portName}.`,
        { cause: error },
      );
    }
    if (code === "EACCES") {
      throw new UsageError(
        `Not allowed to listen on ${hostAndPort(address)}. Set another port with ${portName}.`,
        { cause: error },
      );
    }
    if (syscall === "getaddrinfo" || NO_ADDRESS.has(code ?? "")) {
      throw new UsageError(`This machine has no address ${host}. Set another with ${hostName}.`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** As in a URL: an IPv6 address in brackets. */
export function hostAndPort({ host, port }: Pick<Address, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
