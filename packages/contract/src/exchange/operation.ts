/**
 * What is used of one operation of the spec, as Prism reads it. Written out, because Prism's own declarations do not stand
 * alone and must not be reached from those of this package.
 */
export interface Operation {
  /** The operationId. */
  iid?: string | undefined;
  method: string;
  path: string;
  /** Alternatives, each of schemes that have to be met together. */
  security?: SecurityScheme[][] | undefined;
  request?: DocumentedRequest | undefined;
  responses: DocumentedResponse[];
}

/** What the spec says of a request. */
export interface DocumentedRequest {
  query?: Parameter[] | undefined;
  path?: Parameter[] | undefined;
  headers?: Parameter[] | undefined;
  body?: { required?: boolean | undefined; contents?: Content[] | undefined } | undefined;
}

/** What the spec says of one status, or a range of them. */
export interface DocumentedResponse {
  /** `200`, `5XX` or `default`. */
  code: string;
  contents?: Content[] | undefined;
  headers?: Parameter[] | undefined;
}

/** How whoever asks says who that is. */
export interface SecurityScheme {
  /** `apiKey`, `http`, `oauth2`, `openIdConnect` or `mutualTLS`. */
  type: string;
  /** Of an `apiKey`. */
  name?: string | undefined;
  /** Of an `apiKey`: `header`, `query` or `cookie`. */
  in?: string | undefined;
  /** Of `http`, in lower case: `bearer`, `basic`, ... */
  scheme?: string | undefined;
}

/** A parameter, or a header of a response. */
export interface Parameter {
  name: string;
  style?: string | undefined;
  explode?: boolean | undefined;
  allowEmptyValue?: boolean | undefined;
  schema?: Schema | undefined;
}

/** What is used of a schema. */
export interface Schema {
  type?: unknown;
  format?: string | undefined;
  items?: unknown;
}

/** A body under a media type, or a range of them such as `text/*`. */
export interface Content {
  mediaType: string;
  schema?: Schema | undefined;
}
