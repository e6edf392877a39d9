import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { afterRunning } from "./running-time.ts";

/** Milliseconds in which a connection has to be there; TCP asks for it three times meanwhile (RFC 6298, section 2). */
const CONNECT_DEADLINE = 4000;

/** What undici, which Node's fetch is, tells of a connection. */
interface Told {
  connectParams: { host: string };
}

/**
 * Calls `onLate` with a reason when a connection to a host was begun and is not there in time, as where packets are
 * dropped. Sees the connections of undici alone. The function that it gives ends the watch.
 */
export function watchConnecting(host: string, onLate: (reason: string) => void): () => void {
  let stop = (): void => {};
  const onBegun = (told: unknown): void => {
    if ((told as Told).connectParams.host !== host) return;
    stop();
    stop = afterRunning(CONNECT_DEADLINE, () =>
      onLate(`no connection within ${CONNECT_DEADLINE / 1000} s`),
    );
  };
  const onMade = (told: unknown): void => {
    if ((told as Told).connectParams.host === host) stop();
  };
  subscribe("undici:client:beforeConnect", onBegun);
  subscribe("undici:client:connected", onMade);
  return () => {
    stop();
    unsubscribe("undici:client:beforeConnect", onBegun);
    unsubscribe("undici:client:connected", onMade);
  };
}
