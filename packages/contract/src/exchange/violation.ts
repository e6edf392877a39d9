/** One place where a request or a response is not what the contract says. */
export interface Violation {
  /**
   * The operationId, such as `listTargetArchives`, or method and path of one that has none, `GET /pets/{id}`; undefined
   * where the request matches no operation.
   */
  operation: string | undefined;
  /** Method and path of the request. Here as below, the key and the signature of a link are redacted. */
  request: string;
  /**
   * `request.path`, `request.method`, `request.security`, `request.query/startDate`, `request.headers/...`,
   * `request.media-type`, `request.body`, `response.status`, `response.media-type`,
   * `response.headers/x-ratelimit-limit`, `response.body`, or a place in a body as a JSON pointer: `response.body/0/url`.
   */
  where: string;
  /** What the contract asks for there. */
  expected: string;
  /** What came. Bodies are personal data: of a string only its type is shown, unless it looks like a date. */
  received: string;
}

/** Thrown by a fetch of `contractFetch` when a request or a response is not what the contract says. */
export class ContractViolationError extends Error {
  /** Always `ContractViolationError`. */
  override readonly name = "ContractViolationError";
  /** All that is wrong, of the request or of the response. The message shows the first twenty. */
  readonly violations: readonly Violation[];

  /** Makes the message of the violations. */
  constructor(violations: readonly Violation[]) {
    const shown = violations.slice(0, 20).map((violation) => `\n  ${violationLine(violation)}`);
    const more = violations.length - shown.length;
    super(
      `${violations.length === 1 ? "A violation" : `${violations.length} violations`} of the contract:` +
        shown.join("") +
        (more > 0 ? `\n  and ${more} more` : ""),
    );
    this.violations = violations;
  }
}

/** A violation as one line of text. */
function violationLine(violation: Violation): string {
  const operation = violation.operation ?? "no operation";
  return `${operation} (${violation.request}): ${violation.where}: expected ${violation.expected}, received ${violation.received}`;
}

/** A value of a body, described without showing it: `null`, `nothing`, `an array of 3`, `a string`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "object") return "an object";
  if (typeof value !== "string") return `a ${typeof value}`;
  if (value.trim() === "") return "a blank string";
  return /^[\d:TtZz+\-. ]{4,40}$/.test(value) ? `"${value}"` : "a string";
}
