import { rateLimitOf } from "../headers/rate-limit-headers.ts";
import type { RateLimit } from "../headers/rate-limit-headers.ts";
import { factsOf, toResponse } from "../http/received-answer.ts";
import type { Answer } from "../http/received-answer.ts";

/** What came back from the API, beside the data. */
export interface WithResponse<T> {
  /** What the Promise itself resolves to. */
  data: T;
  /** The answer, its body readable again, its headers without secrets. */
  response: Response;
  /** The answer's `x-request-id`. */
  requestId: string | undefined;
  /** What the `X-RateLimit-*` headers say, if any came. */
  rateLimit: RateLimit | undefined;
}

/** A Promise of the data that can also tell about the answer that brought it. The call is made once either way. */
export interface ApiPromise<T> extends Promise<T> {
  /** The data, and the answer that brought it. Rejects as the Promise itself does. */
  withResponse(): Promise<WithResponse<T>>;
  /**
   * The answer alone, whatever its body holds. Rejects as the Promise itself does, but with ResponseValidationError
   * only for a body that is longer than `maxBodyBytes`.
   */
  asResponse(): Promise<Response>;
}

/** `read` takes the data out of the answer, or throws. */
export function apiPromise<T>(coming: Promise<Answer>, read: (answer: Answer) => T): ApiPromise<T> {
  const data = coming.then(read);
  return Object.assign(data, {
    async withResponse() {
      const [answer, value] = await Promise.all([coming, data]);
      return {
        data: value,
        response: toResponse(answer),
        requestId: factsOf(answer).requestId,
        rateLimit: rateLimitOf(answer.received.headers),
      };
    },
    async asResponse() {
      // The body's data is not asked for here, and its rejection must not end the process.
      data.catch(() => {});
      return toResponse(await coming);
    },
  });
}
