import type { RateLimit } from "./rate-limit.ts";

/** What came back from the API, beside the data. */
export interface WithResponse<T> {
  data: T;
  /** The answer, its body readable again, its headers without secrets. */
  response: Response;
  /** The answer's `x-request-id`. */
  requestId: string | undefined;
  rateLimit: RateLimit | undefined;
}

/** A call under way, as {@link ApiPromise} takes it. */
export interface ApiCall<T> {
  /** The answer was a success; its body may not be what it should. */
  answer: {
    toResponse(): Response;
    requestId: string | undefined;
    rateLimit: RateLimit | undefined;
  };
  /** Reads the body, or throws. */
  data(): T;
}

/** A Promise of the data that can also tell about the answer that brought it. The call is made once either way. */
export class ApiPromise<T> extends Promise<T> {
  readonly #call: Promise<ApiCall<T>>;

  constructor(call: Promise<ApiCall<T>>) {
    // Settling happens in `then`: what nobody asks for is not worked out, and its failure is not unhandled twice.
    super(() => {});
    this.#call = call;
  }

  /** What `then` and `finally` return is an ordinary Promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a Promise is one; this is the one place that reads the data.
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#call.then((call) => call.data()).then(onFulfilled, onRejected);
  }

  /** The data, and the answer that brought it. Rejects as the Promise itself does. */
  async withResponse(): Promise<WithResponse<T>> {
    const call = await this.#call;
    const { answer } = call;
    return {
      data: call.data(),
      response: answer.toResponse(),
      requestId: answer.requestId,
      rateLimit: answer.rateLimit,
    };
  }

  /** The answer alone, its body not looked at. Rejects for a status that is no success. */
  async asResponse(): Promise<Response> {
    return (await this.#call).answer.toResponse();
  }
}
