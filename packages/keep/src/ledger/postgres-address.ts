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
