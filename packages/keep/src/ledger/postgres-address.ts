/**
 * No time limits: those of a database may be meant for web pages, but here a query counts all rows, and a connection
 * holds a lock while others work.
 */
const DEFAULTS =
  "-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0";
/**
 * Rows are hashed as texts, dates are written in UTC and a backslash in a string is one, whatever the server or the
 * address sets. The keepalives let the server notice soon that a client is gone.
 */
const OPTIONS =
  "-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c standard_conforming_strings=on -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3";

/** The settings of each connection, whichever library makes it. */
export function connectionTo(address: string) {
  return {
    connectionString: withOptions(address),
    application_name: "np6-archives-keep",
    // Notices a server that is gone without a word, however long a query may take: by default systems probe after two
    // hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/**
 * The address with DEFAULTS before and OPTIONS after its own options, or else those of the environment, as `pg` takes
 * them: the last one of a name counts. It is edited as a text, since an address with a user and no host is no URL, and
 * `pg` encodes every `%` again in one with a bare `%`.
 */
function withOptions(address: string): string {
  const [, own] = /.*[?&]options=([^&#]+)/.exec(address) ?? [];
  const before = own ?? encodeURIComponent(process.env["PGOPTIONS"] ?? "");
  const mark = address.includes("?") ? "&" : "?";
  const [first, last] = [DEFAULTS, OPTIONS].map((options) => options.replaceAll(" ", "+"));
  return `${address}${mark}options=${first}+${before}+${last}`;
}
