import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterRunning } from "./running-time.ts";

/** How long a connection may take, in milliseconds: enough for three attempts of TCP (RFC 6298, section 2). */
const CONNECT_DEADLINE = 4000;

/** What undici, Node's fetch, publishes about a connection. */
interface Told {
  connectParams: { host: string };
}

/**
 * Calls `onLate` with a reason when a connection to a host was started and is not made in time, as when packets are
 * dropped. It only sees connections of undici. The returned function ends the watch.
 */
export function watchConnecting(host: string, onLate: (reason: string) => void): () => void {
  let stop: (() => void) | undefined;
  const onBegun = (told: unknown): void => {
    if ((told as Told).connectParams.host !== host) return;
    stop?.();
    stop = afterRunning(CONNECT_DEADLINE, () =>
      onLate(`no connection within ${CONNECT_DEADLINE / 1000} s`),
    );
  };
  const onMade = (told: unknown): void => {
    if ((told as Told).connectParams.host === host) stop?.();
  };
  subscribe("undici:client:beforeConnect", onBegun);
  subscribe("undici:client:connected", onMade);
  return () => {
    stop?.();
    unsubscribe("undici:client:beforeConnect", onBegun);
    unsubscribe("undici:client:connected", onMade);
  };
}
