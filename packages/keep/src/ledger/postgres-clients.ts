import { Socket } from "node:net";
import { callbackify } from "node:util";
import type pg from "pg";
import type { ClientConfig } from "pg";

/** The settings of each connection, whichever library makes it. */
export function connectionTo(address: string) {
  return {
    connectionString: address,
    application_name: "np6-archives-keep",
    // Notices a server that is gone without a word, however long a query may take: by default systems probe after two
    // hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** How long a connection may be silent before another one tests the server: a query may take longer. */
const SILENT_WITHIN = 10_000;

/**
 * Rows are hashed as texts, dates are written in UTC and a backslash in a string is one, whatever the server or the
 * address sets. The keepalives let the server notice soon that a client is gone.
 */
const SETTINGS = {
  TimeZone: "UTC",
  DateStyle: "ISO",
  bytea_output: "hex",
  standard_conforming_strings: "on",
  tcp_keepalives_idle: "10",
  tcp_keepalives_interval: "5",
  tcp_keepalives_count: "3",
};

/**
 * None of these, unless the user's own: those of a database may be meant for web pages, but here a query counts all
 * rows, and a connection holds a lock while others work.
 */
const TIMEOUTS = [
  "statement_timeout",
  "lock_timeout",
  "idle_in_transaction_session_timeout",
  "idle_session_timeout",
];

/** Sets all that, but not as options with which a connection starts: a pooler such as PgBouncer refuses these. */
function settingsFor(address = ""): string {
  const own = `${address} ${process.env["PGOPTIONS"] ?? ""}`;
  const none = TIMEOUTS.filter((name) => !own.includes(name)).map((name) => [name, "0"]);
  const calls = [...Object.entries(SETTINGS), ...none].map(
    ([name, value]) => `set_config('${name}', '${value}', false)`,
  );
  return `SELECT ${calls.join(", ")}`;
}

interface Watch {
  /** Destroys all connections when it aborts. */
  givenUp: AbortSignal;
  /** Called with the instant, by `performance.now()`, since when the server has been silent. */
  onSilence: (since: number) => void;
  onConnect: () => void;
}

export interface Clients {
  /** For a pool, or another library. */
  Client: typeof pg.Client;
  /** Makes a client that ends when the signal aborts, as does the connection that tests the server for it. */
  clientUntil: (signal: AbortSignal | undefined) => pg.Client;
}

/** The clients of one server. Each ends when the server is silent, and all end when it is given up. */
export function watchedClients(
  { Client, DatabaseError }: typeof pg,
  config: ClientConfig,
  { givenUp, onSilence, onConnect }: Watch,
): Clients {
  const sockets = new Set<Socket>();
  const settings = settingsFor(config.connectionString);
  givenUp.addEventListener("abort", () => sockets.forEach((socket) => socket.destroy()));
  let testing: Promise<boolean> | undefined;

  /**
   * A client that listens to its own `error`, which would end the process otherwise: a pool does not listen to a client
   * that it has handed out, and a client may break just as it becomes ready. The next query rejects in any case.
   */
  class WatchedClient extends Client {
    constructor(own?: ClientConfig) {
      super({ stream: () => watched(openSocket()), ...own });
      this.on("error", () => {});
      this.on("connect", onConnect);
    }

    /** A pool gives a callback, we await it. */
    override connect(): Promise<pg.Client>;
    override connect(done: (error: Error | null, client: pg.Client) => void): void;
    override connect(
      done?: (error: Error | null, client: pg.Client) => void,
    ): Promise<pg.Client> | undefined {
      const ready = super.connect().then(() => this.#withSettings());
      if (done === undefined) return ready;
      callbackify(() => ready)(done);
      return undefined;
    }

    async #withSettings(): Promise<this> {
      try {
        await this.query(settings);
        return this;
      } catch (error) {
        this.end().catch(() => {});
        throw error;
      }
    }
  }

  /** A socket that is destroyed when the server is given up. */
  function openSocket(signal?: AbortSignal): Socket {
    const socket = new Socket({ signal });
    // A listener for each on the common signal would keep every socket in memory.
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    // A socket that is destroyed before it connects would connect all the same.
    if (givenUp.aborted) process.nextTick(() => socket.destroy());
    return socket;
  }

  /**
   * Destroys a socket when the server is silent on it and does not answer another connection: the system may take hours
   * to notice.
   */
  function watched(socket: Socket, signal?: AbortSignal): Socket {
    return socket.setTimeout(SILENT_WITHIN, async () => {
      const since = performance.now();
      const { bytesRead } = socket;
      testing ??= answers(signal).finally(() => (testing = undefined));
      if ((await testing) || socket.bytesRead > bytesRead) {
        watched(socket, signal);
      } else {
        onSilence(since);
        socket.destroy();
      }
    });
  }

  /** Whether the server answers a new connection. */
  async function answers(signal?: AbortSignal): Promise<boolean> {
    const client = new WatchedClient({
      ...config,
      connectionTimeoutMillis: SILENT_WITHIN,
      stream: () => openSocket(signal),
    });
    const hasAnswered = await client.connect().then(
      () => true,
      (error: unknown) => error instanceof DatabaseError,
    );
    client.end().catch(() => {});
    return hasAnswered;
  }

  return {
    Client: WatchedClient,
    clientUntil: (signal) =>
      new WatchedClient({ ...config, stream: () => watched(openSocket(signal), signal) }),
  };
}
