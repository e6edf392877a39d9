import { isDeepStrictEqual } from "node:util";
import { isObject, isWithinProse, keywords } from "./openapi-names.ts";
import type { RedoclyChange } from "./redocly.ts";

/** What a change demands of the version, and the rule of ours that says so, where none of Redocly's does. */
export interface Judgement {
  impact: RedoclyChange["impact"];
  rule?: string;
}

/**
 * Where Redocly's word is too small: it looks at what goes over the wire, but the spec's package publishes types too, in
 * which parameters and components have names. And a new liberty for callers, or a deprecation, is a minor by semver.
 * Where it is too big: what only explains is a patch wherever it stands, and so are the words on what a key looks like.
 */
export function judgement(change: RedoclyChange): Judgement {
  const { impact } = change;
  if (impact === "major") return milder(change) ?? { impact };
  const broken = breakingRule(change);
  if (broken !== undefined) return { impact: "major", rule: broken };
  if (onlyExplains(change)) return { impact: "patch" };
  const relaxed = impact === "patch" ? relaxingRule(change) : undefined;
  return relaxed === undefined ? { impact } : { impact: "minor", rule: relaxed };
}

/** What Redocly takes for a break by the name of its key alone. */
function milder({ typeName, property, revision }: RedoclyChange): Judgement | undefined {
  if (typeName === "SecurityScheme" && property === "bearerFormat") return { impact: "patch" };
  const isEmptyTaken = property === "allowEmptyValue" && revision?.value === true;
  return isEmptyTaken ? { impact: "minor", rule: "input-relaxed" } : undefined;
}

/** Components that the types have a name for, `MailArchive` or `ParameterStartDate`, and where all of a kind are. */
const NAMED_IN_TYPES =
  /^#\/components\/(schemas|parameters|responses|requestBodies|headers|pathItems)(\/[^/]+)?$/;

const INPUT = new Set(["parameters", "requestBody", "requestBodies"]);
/** What the server sends to its callers. */
const SENT_BACK = new Set(["callbacks", "webhooks"]);

function isInInput(path: string): boolean {
  const keys = keywords(path);
  return !keys.some((key) => SENT_BACK.has(key)) && keys.some((key) => INPUT.has(key));
}

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
    return isInInput(path) ? undefined : "response-header-optional";
  }
  if (isLogin(change)) return "oauth-flow-changed";
  if (typeName === "ServerVariable" && isNarrower(change)) return "server-variable-changed";
  if (isInInput(path) && isTightened(change)) return "input-tightened";
  return isDiscriminated(change) ? "discriminator-changed" : undefined;
}

/** Whether it says all of an answer, of its body, of a header or of how a parameter is written. */
function isPromise({ path, typeName }: RedoclyChange): boolean {
  if (typeName !== "Schema") return typeName === "Responses";
  if (/\/parameters\/[^/]+\/schema$/.test(path)) return true;
  return /\/(content|headers)\/[^/]+\/schema$/.test(path) && !isInInput(path);
}

/** Whether a value that told schemas apart tells them no more. */
function isDiscriminated({ path, kind, typeName, property, base }: RedoclyChange): boolean {
  if (typeName === "Schema") {
    const isOther = kind === "removed" || property === "key";
    return isOther && /\/discriminator\/mapping\/[^/]+$/.test(path);
  }
  return typeName.startsWith("Discriminator") && base?.value !== undefined;
}

/** Whether callers may send less than before, or get something else for the same, at a keyword that Redocly passes over. */
function isTightened({ path, kind, typeName, property, base, revision }: RedoclyChange): boolean {
  const [old, fresh] = [base?.value, revision?.value];
  // With or without `additionalProperties`, which is not told, one of both ways takes less.
  if (kind !== "modified" && keywords(path).at(-1) === "patternProperties") return true;
  if (kind === "added") return false;
  if (typeName === "DependentRequired") return isLonger(old, fresh);
  if (typeName !== "Schema") return false;
  // Even a first one: nobody told what holds for who sends nothing, but it may well be another.
  if (property === "default") return true;
  if (property === "readOnly") return fresh === true;
  if (property === "nullable") return old === true;
  if (property === "minContains") return Number(fresh ?? 1) > Number(old ?? 1);
  return property === "maxContains" && Number(fresh ?? Infinity) < Number(old ?? Infinity);
}

/** Whether a list has something that it did not have. */
function isLonger(old: unknown, fresh: unknown): boolean {
  return Array.isArray(fresh) && !fresh.every((item) => Array.isArray(old) && old.includes(item));
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
    return (
      Array.isArray(revision?.value) &&
      (base?.value === undefined || isLonger(revision.value, base.value))
    );
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
  if (kind === "added" && NAMED_IN_TYPES.test(path)) return `${typeName.toLowerCase()}-added`;
  if (typeName === "ServerVariable" && property === "enum") return "server-variable-relaxed";
  const isKeyword = property !== undefined && property !== "key";
  if (!INPUTS.has(typeName) || (isKeyword && !LIMITS.has(property))) return undefined;
  return typeName === "RequestBody" || isInInput(path) ? "input-relaxed" : undefined;
}

const INPUTS = new Set(["Parameter", "RequestBody", "Schema"]);

/** Keywords that only say what may be sent: where Redocly has no word against a change of one, more may be. */
const LIMITS = new Set([
  "additionalProperties",
  "const",
  "contentEncoding",
  "contentMediaType",
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "format",
  "items",
  "maxContains",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minContains",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "multipleOf",
  "nullable",
  "pattern",
  "readOnly",
  "required",
  "type",
  "unevaluatedItems",
  "unevaluatedProperties",
  "uniqueItems",
]);
