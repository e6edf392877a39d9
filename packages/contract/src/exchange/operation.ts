/**
 * The parts of an operation, as Prism reads it, that are used here. Not Prism's own declarations: they need other
 * packages, and the types of this package must not refer to them.
 */
export interface Operation {
  /** The operationId. */
  iid?: string | undefined;
  method: string;
  path: string;
  /** Alternatives, each a list of schemes that are all needed. */
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

/** How callers authenticate. */
export interface SecurityScheme {
  /** `apiKey`, `http`, `oauth2`, `openIdConnect` or `mutualTLS`. */
  type: string;
  /** For an `apiKey`. */
  name?: string | undefined;
  /** For an `apiKey`: `header`, `query` or `cookie`. */
  in?: string | undefined;
  /** For `http`, in lower case: `bearer`, `basic`, ... */
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

/** The parts of a schema that are used here. */
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
