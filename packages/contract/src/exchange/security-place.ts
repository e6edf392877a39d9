import type { Operation, SecurityScheme } from "./operation.ts";
import { place } from "./place.ts";
import type { Place } from "./place.ts";
import type { PrismRequest } from "./prism.ts";

/** If no security alternative of an operation is met: what each of them lacks. */
export function securityPlace(
  { security = [] }: Operation,
  request: PrismRequest,
): Place | undefined {
  const lacking = security.map((schemes) => schemes.filter((scheme) => !isMet(scheme, request)));
  if (security.length === 0 || lacking.some((schemes) => schemes.length === 0)) return undefined;
  const expected = lacking.map((schemes) => schemes.map(schemeInWords).join(" and "));
  return place("request.security", [...new Set(expected)].join(" or "), "none");
}

/** A TLS scheme, or one that a later OpenAPI may add, cannot be seen in a request, and counts as met. */
function isMet(scheme: SecurityScheme, { headers, query }: PrismRequest): boolean {
  const { name = "" } = scheme;
  if (scheme.type === "apiKey") {
    if (scheme.in === "header") return Boolean(headers[name.toLowerCase()]);
    if (scheme.in === "query") return Boolean(query[name]);
    return (headers.cookie ?? "").split(";").some((cookie) => cookie.trim().startsWith(`${name}=`));
  }
  const authorization = headers.authorization ?? "";
  if (scheme.type === "http") {
    return authorization.toLowerCase().startsWith(`${scheme.scheme} `);
  }
  // Only the server knows the type of a token.
  if (scheme.type === "oauth2" || scheme.type === "openIdConnect") return authorization !== "";
  return true;
}

function schemeInWords({ type, name, in: part, scheme }: SecurityScheme): string {
  if (type === "apiKey") return `a key in ${part} ${name}`;
  if (type !== "http") return "an access token in header Authorization";
  const what = scheme === "bearer" ? "a bearer token" : `${scheme} credentials`;
  return `${what} in header Authorization`;
}
