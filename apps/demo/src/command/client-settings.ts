/** The client's limits: a person waits, so it gives up sooner than a batch would. In milliseconds. */
export const CLIENT_SETTINGS = {
  timeout: 15_000,
  totalTimeout: 30_000,
  maxRetries: 2,
  maxRetryDelay: 3000,
} as const;
