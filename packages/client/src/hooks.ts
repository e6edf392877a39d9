/** One attempt, about to be sent. Secrets are redacted, and changing it changes nothing. */
export interface RequestEvent {
  method: string;
  url: string;
  headers: Headers;
  /** 1 for the first attempt of a call. */
  attempt: number;
}

/** The head of an answer has come; its body has not been read. */
export interface ResponseEvent {
  method: string;
  url: string;
  /** As received, secrets redacted. */
  headers: Headers;
  attempt: number;
  status: number;
  requestId: string | undefined;
  /** Milliseconds from sending to the head of the answer. */
  duration: number;
}

/** An attempt failed in a way that may pass, and another one follows. */
export interface RetryEvent {
  method: string;
  url: string;
  /** The attempt that failed. */
  attempt: number;
  /** Milliseconds until the next one. */
  delay: number;
  /** The answer's status, if there was an answer. */
  status: number | undefined;
  requestId: string | undefined;
  /** What went wrong, if there was no complete answer. */
  error: Error | undefined;
}

/**
 * Called around each attempt of each call, in the async context of the call. What a hook throws fails the call.
 */
export interface Hooks {
  onRequest?: ((event: RequestEvent) => void) | undefined;
  onResponse?: ((event: ResponseEvent) => void) | undefined;
  onRetry?: ((event: RetryEvent) => void) | undefined;
}
