import type { Answer } from "../server/answer.ts";

/** A refusal of the storage, with Azure's code and words. */
export interface StorageError {
  status: number;
  code: string;
  message: string;
  /** More about a failed authentication. */
  detail?: string;
  headers?: Record<string, string>;
  leak?: true;
}

/** @see https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
export const STORAGE_ERRORS = {
  /** Only the mock has this one: the real storage would ignore the key. */
  apiKeyLeaked: {
    status: 400,
    code: "ApiKeyLeaked",
    message: "X-Key reached the storage. A link is opened without the API key.",
    leak: true,
  },
  authenticationFailed: {
    status: 403,
    code: "AuthenticationFailed",
    message:
      "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.",
  },
  blobNotFound: {
    status: 404,
    code: "BlobNotFound",
    message: "The specified blob does not exist.",
  },
  conditionNotMet: {
    status: 412,
    code: "ConditionNotMet",
    message: "The condition specified using HTTP conditional header(s) is not met.",
  },
  invalidQueryParameter: {
    status: 400,
    code: "InvalidQueryParameterValue",
    message: "Value for one of the query parameters specified in the request URI is invalid.",
  },
  invalidRange: {
    status: 416,
    code: "InvalidRange",
    message: "The range specified is invalid for the current size of the resource.",
  },
  invalidUri: {
    status: 400,
    code: "InvalidUri",
    message: "The requested URI does not represent any resource on the server.",
  },
  permissionMismatch: {
    status: 403,
    code: "AuthorizationPermissionMismatch",
    message: "This request is not authorized to perform this operation using this permission.",
  },
  protocolMismatch: {
    status: 403,
    code: "AuthorizationProtocolMismatch",
    message: "This request is not authorized to perform this operation using this protocol.",
  },
  unsatisfiableCondition: {
    status: 400,
    code: "UnsatisfiableCondition",
    message: "The request includes an unsatisfiable condition for this operation.",
  },
} as const satisfies Record<string, StorageError>;

/** The error as XML; its code is also in a header, as answers to HEAD and a 304 have no body. */
export function errorAnswer(error: StorageError, requestId: string, time: Date): Answer {
  const { status, code, message, detail, headers, leak } = error;
  const details =
    detail === undefined
      ? ""
      : `<AuthenticationErrorDetail>${escaped(detail)}</AuthenticationErrorDetail>`;
  const words = escaped(`${message}\nRequestId:${requestId}\nTime:${time.toISOString()}`);
  return {
    status,
    headers: { ...headers, "content-type": "application/xml", "x-ms-error-code": code },
    body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${words}</Message>${details}</Error>`,
    violations: [{ location: ["request"], severity: "Error", code, message: detail ?? message }],
    ...(leak && { leak }),
  };
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
