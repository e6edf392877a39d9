/** What openapi-fetch makes of a call, without the cost of a real `Request`, which nothing here would read. */
export class PlainRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;

  constructor(url: string, init: { method: string; headers: Headers }) {
    this.url = url;
    this.method = init.method;
    this.headers = init.headers;
  }
}
