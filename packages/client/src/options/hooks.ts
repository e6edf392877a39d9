/** What all events tell. Secrets are redacted, and changing an event has no effect. */
export interface AttemptEvent {
  /** `GET`. */
  method: string;
  /** The whole URL, a link's signature redacted. */
  url: string;
  /** Which attempt of the call, counted from 1. In a retry, the one that failed. */
  attempt: number;
}

/** An attempt is about to be sent. */
export interface RequestEvent extends AttemptEvent {
  /** A copy, the key redacted. */
  headers: Headers;
}

/** The head of an answer has come; its body has not been read. */
export interface ResponseEvent extends AttemptEvent {
  /** A copy, secrets redacted. */
  headers: Headers;
  /** The answer's status. */
  status: number;
  /** The answer's request id, if it has one. */
  requestId: string | undefined;
  /** Milliseconds from sending to the head of the answer. */
  duration: number;
}

/** An attempt failed in a way that may pass, and another one follows. */
export interface RetryEvent extends AttemptEvent {
  /** Milliseconds until the next attempt. */
  delay: number;
  /** The answer's status, if there was an answer. */
  status?: number | undefined;
  /** The answer's request id, if it has one. */
  requestId?: string | undefined;
  /** What went wrong, if there was no complete answer. */
  error?: Error | undefined;
}

/**
 * Called around each attempt of each call, in the async context of the call. An error thrown by a hook fails the call;
 * a promise it returns is not awaited, and its rejection is ignored. What is left out is not called.
 */
export interface Hooks {
  /** Before each attempt. */
  onRequest?: ((event: RequestEvent) => void) | undefined;
  /** After the head of each answer, whatever its status. */
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  /** Before the wait for another attempt. */
  onRetry?: ((event: RetryEvent) => void) | undefined;
}
