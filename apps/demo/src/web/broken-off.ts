import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";

/** The bytes of an answer. If they fail, the connection is closed, and `tell` is called with the error. */
export function brokenOff(
  c: Context,
  body: ReadableStream<Uint8Array>,
  tell: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const bytes = body.getReader();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await bytes.read();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        // A client that disconnects is no failure.
        if (!c.req.raw.signal.aborted) tell(error);
        // The error is not passed on, as the server would print it with its stack.
        (c.env as Partial<HttpBindings>).outgoing?.destroy();
        controller.close();
      }
    },
    cancel: (reason) => bytes.cancel(reason),
  });
}
