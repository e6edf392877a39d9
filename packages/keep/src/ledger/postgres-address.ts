/** A database's own limits are for questions of a web page: one here counts all rows, and a lock is held while others work. */
const DEFAULTS =
  "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0";
/**
 * Rows are hashed as texts and dates are written in UTC, however the server or the address would have them; a peer that
 * went without a word is found out soon.
 */
const OPTIONS =
  "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

/** What is said of each connection to a database, whichever library makes it. */
export function connectionTo(address: string) {
  return {
    connectionString: withOptions(address),
    application_name: "np6-archives-keep",
    // A server that is gone without a word is found out however long a question may take: left alone, systems ask after
    // two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * The address with these options before and behind its own, or else the environment's, as `pg` takes them: the last one
 * of a name counts. As a text: of one with a bare `%` `pg` encodes each `%` again, and one with a user and no host is no URL.
 */
function withOptions(address: string): string {
  const [, own] = /.*[?&]options=([^&#]+)/.exec(address) ?? [];
  const before = own ?? encodeURIComponent(process.env["PGOPTIONS"] ?? "");
  const mark = address.includes("?") ? "&" : "?";
  const [first, last] = [DEFAULTS, OPTIONS].map((options) => options.replaceAll(" ", "+"));
  return `${address}${mark}options=${first}+${before}+${last}`;
}
