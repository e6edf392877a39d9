import { factsOf, toResponse } from "./answer.ts";
import type { Answer } from "./answer.ts";
import { rateLimitOf } from "./rate-limit.ts";
import type { RateLimit } from "./rate-limit.ts";

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
export class ApiPromise<T> extends Promise<T> {
  readonly #answer: Promise<Answer>;
  readonly #read: (answer: Answer) => T;

  /** `read` takes the data out of the answer, or throws. */
  constructor(answer: Promise<Answer>, read: (answer: Answer) => T) {
    // `then` alone tells how it went: what is never asked for is never read, and fails no process.
    super(() => {});
    this.#answer = answer;
    this.#read = read;
  }

  /** What `then` and `finally` return is an ordinary Promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a Promise is one.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#answer.then(this.#read).then(onFulfilled, onRejected);
  }

  /** The data, and the answer that brought it. Rejects as the Promise itself does. */
  async withResponse(): Promise<WithResponse<T>> {
    const answer = await this.#answer;
    return {
      data: this.#read(answer),
      response: toResponse(answer),
      requestId: factsOf(answer).requestId,
      rateLimit: rateLimitOf(answer.received.headers),
    };
  }

  /**
   * The answer alone, its body not looked at. Rejects as the Promise itself does, but never with
   * ResponseValidationError.
   */
  async asResponse(): Promise<Response> {
    return toResponse(await this.#answer);
  }
}
