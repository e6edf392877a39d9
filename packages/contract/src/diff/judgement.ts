import { isDeepStrictEqual } from "node:util";
import { isObject, isWithinProse } from "./openapi-names.ts";
import type { RedoclyChange } from "./redocly.ts";

/** What a change demands of the version, and the rule of ours that says so, where none of Redocly's does. */
export interface Judgement {
  impact: RedoclyChange["impact"];
  rule?: string;
}

/**
 * Where Redocly's word is too small: it looks at what goes over the wire, but the spec's package publishes types too, in
 * which parameters and components have names. And a new liberty for callers, or a deprecation, is a minor by semver.
 * Where it is too big: what only explains is a patch wherever it stands.
 */
export function judgement(change: RedoclyChange): Judgement {
  const { impact } = change;
  if (impact === "major") return { impact };
  const broken = breakingRule(change);
  if (broken !== undefined) return { impact: "major", rule: broken };
  if (onlyExplains(change)) return { impact: "patch" };
  const relaxed = impact === "patch" ? relaxingRule(change) : undefined;
  return relaxed === undefined ? { impact } : { impact: "minor", rule: relaxed };
}

/** Components that the types have a name for, `MailArchive` or `ParameterStartDate`, and where all of a kind are. */
const NAMED_IN_TYPES =
  /^#\/components\/(schemas|parameters|responses|requestBodies|headers|pathItems)(\/[^/]+)?$/;

const IN_INPUT = /\/(parameters|requestBody|requestBodies)\//;

function breakingRule(change: RedoclyChange): string | undefined {
  const { path, kind, typeName, property, base, revision } = change;
  if (typeName === "PathItem" && property === "key") return "path-parameter-renamed";
  // What Redocly takes for the same under a name much like the old one stands at another key.
  const isGone = kind === "removed" || property === "key";
  if (isGone && (NAMED_IN_TYPES.test(path) || isPromise(change))) {
    return `${typeName.toLowerCase()}-removed`;
  }
  if (typeName === "RequestBody" && kind === "added" && path.endsWith("/requestBody")) {
    const isRequired = isObject(revision?.value) && revision.value["required"] === true;
    return isRequired ? "request-body-became-required" : undefined;
  }
  if (typeName === "Header" && property === "required" && base?.value === true) {
    return IN_INPUT.test(path) ? undefined : "response-header-optional";
  }
  if (isLogin(change)) return "oauth-flow-changed";
  if (typeName === "ServerVariable" && isNarrower(change)) return "server-variable-changed";
  return isDiscriminated(change) ? "discriminator-changed" : undefined;
}

/** Whether it says all of an answer, of its body, of a header or of how a parameter is written. */
function isPromise({ path, typeName }: RedoclyChange): boolean {
  if (typeName !== "Schema") return typeName === "Responses";
  if (/\/parameters\/[^/]+\/schema$/.test(path)) return true;
  return /\/(content|headers)\/[^/]+\/schema$/.test(path) && !IN_INPUT.test(path);
}

/** Whether a value that told schemas apart tells them no more. */
function isDiscriminated({ path, kind, typeName, property, base }: RedoclyChange): boolean {
  if (typeName === "Schema") {
    const isOther = kind === "removed" || property === "key";
    return isOther && /\/discriminator\/mapping\/[^/]+$/.test(path);
  }
  return typeName.startsWith("Discriminator") && base?.value !== undefined;
}

const FLOW = /^#\/components\/securitySchemes\/[^/]+\/flows\/[^/]+$/;

/** Whether a way to get a token is gone, or goes to another address. */
function isLogin({ path, kind, typeName, property, base }: RedoclyChange): boolean {
  if (!FLOW.test(path) || typeName === "SpecExtension") return false;
  if (property === undefined || property === "key") return kind !== "added";
  return property.endsWith("Url") && base?.value !== undefined;
}

/** Whether a variable of a server takes less than before, or stands for something else where nobody sets it. */
function isNarrower({ kind, property, base, revision }: RedoclyChange): boolean {
  if (property === "enum") {
    const [old, fresh] = [base?.value, revision?.value];
    if (!Array.isArray(fresh)) return false;
    return !Array.isArray(old) || old.some((value) => !fresh.includes(value));
  }
  return kind === "removed" || property === "key" || property === "default";
}

function onlyExplains({ path, typeName, property, base, revision }: RedoclyChange): boolean {
  if (property === "enum") {
    const [old, fresh] = [base?.value, revision?.value].map((values) =>
      Array.isArray(values) ? new Set(values) : values,
    );
    return isDeepStrictEqual(old, fresh);
  }
  return (
    typeName.startsWith("Tag") ||
    isWithinProse(property === undefined ? path : `${path}/${property}`)
  );
}

function relaxingRule({ path, kind, typeName, property }: RedoclyChange): string | undefined {
  if (typeName.startsWith("SecurityRequirement") && kind === "removed") return "security-relaxed";
  if (property === "deprecated") return "deprecated";
  if (typeName === "ServerVariable" && property === "enum") return "server-variable-relaxed";
  // A name that is not major is that of a parameter of the path.
  if (property === "name" || !INPUTS.has(typeName)) return undefined;
  return typeName === "RequestBody" || IN_INPUT.test(path) ? "input-relaxed" : undefined;
}

const INPUTS = new Set(["Parameter", "RequestBody", "Schema"]);
