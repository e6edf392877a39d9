/** What openapi-fetch makes of a call, without the cost of a real `Request`, which nothing here would read. */
export class PlainRequest {
  readonly url: string;
  readonly method: string;

  constructor(url: string, init: { method: string }) {
    this.url = url;
    this.method = init.method;
  }
}
