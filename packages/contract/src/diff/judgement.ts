import { isDeepStrictEqual } from "node:util";
import { pointerKeys, valueAt } from "../json-pointer.ts";
import { POSITION } from "./alike/one-writing.ts";
import { isMapped, isObject, isProse, isWithinProse, keywords } from "./openapi-names.ts";
import type { RedoclyChange } from "./redocly.ts";
import { valueThrough } from "./references.ts";

/** The bump that a change demands, and our own rule that says so, where none of Redocly's does. */
export interface Judgement {
  impact: RedoclyChange["impact"];
  rule?: string;
}

/**
 * Corrects Redocly's verdict. It is too mild as it looks only at what goes over the wire, but the spec's package also
 * publishes types, in which parameters and components have names; and by semver a new liberty for callers, or a
 * deprecation, is a minor. It is too strict for text that only explains, which is a patch wherever it stands.
 *
 * `after` is the new spec, and `isInput` says whether callers send what changed.
 */
export function judgement(change: RedoclyChange, after: unknown, isInput: boolean): Judgement {
  const { impact } = change;
  if (impact === "major") return milder(change) ?? { impact };
  const broken = breakingRule(change, after, isInput);
  if (broken !== undefined) return { impact: "major", rule: broken };
  if (onlyExplains(change)) return { impact: "patch" };
  if (isInCondition(change)) return { impact: "major", rule: "condition-changed" };
  const relaxed = impact === "patch" ? relaxingRule(change, isInput) : undefined;
  return relaxed === undefined ? { impact } : { impact: "minor", rule: relaxed };
}

/** Changes that Redocly takes for breaking only because of the name of their key. */
function milder({ typeName, property, revision }: RedoclyChange): Judgement | undefined {
  if (typeName === "SecurityScheme" && property === "bearerFormat") return { impact: "patch" };
  const isAllowed = property === "allowEmptyValue" || property === "allowReserved";
  const isMoreTaken = isAllowed && revision?.value === true;
  return isMoreTaken ? { impact: "minor", rule: "input-relaxed" } : undefined;
}

/** Components that have a name in the types, such as `MailArchive` or `ParameterStartDate`, and the maps of them. */
const NAMED_IN_TYPES =
  /^#\/components\/(schemas|parameters|responses|requestBodies|headers|pathItems)(\/[^/]+)?$/;

function breakingRule(change: RedoclyChange, after: unknown, isInput: boolean): string | undefined {
  const { path, kind, typeName, property, base, revision } = change;
  if (typeName === "PathItem" && property === "key") return "path-parameter-renamed";
  if (isGone(change) && (NAMED_IN_TYPES.test(path) || isPromise(change, isInput))) {
    return `${typeName.toLowerCase()}-removed`;
  }
  if (typeName === "RequestBody" && path.endsWith("/requestBody")) {
    const isOptional = property === "required" && base?.value === true;
    if (!isInput) return isGone(change) || isOptional ? "callback-body-optional" : undefined;
    const isRequired = isObject(revision?.value) && revision.value["required"] === true;
    return isRequired && kind === "added" ? "request-body-became-required" : undefined;
  }
  if (typeName === "Header" && property === "required" && base?.value === true) {
    return isInput ? undefined : "response-header-optional";
  }
  if (typeName.startsWith("Parameter") && !isInput) {
    const isOptional = property === "required" && base?.value === true;
    const isOther = property !== undefined && FORM_OF_PARAMETER.has(property);
    return isGone(change) || isOptional || isOther ? "callback-parameter-changed" : undefined;
  }
  if (isLoginBroken(change)) return "oauth-flow-changed";
  if (typeName === "ServerVariable" && isNarrower(change)) return "server-variable-changed";
  if (property === "$dynamicRef") return "dynamic-reference-changed";
  if (typeName === "Xml" && IN_XML.test(path)) return "xml-changed";
  if (property === POSITION && isAmong(path, "prefixItems")) return "prefix-items-reordered";
  if (isInput && isTightened(change, after)) return "input-tightened";
  if (!isInput && isLoosened(change)) return "output-loosened";
  return isDiscriminatorBroken(change, after) ? "discriminator-changed" : undefined;
}

/** How a parameter comes to whoever receives a callback. */
const FORM_OF_PARAMETER = new Set(["explode", "in", "name", "style"]);

/** Whether it is within a `not` or an `if`: there, a schema that allows more may make the whole allow less. */
function isInCondition({ path, property }: RedoclyChange): boolean {
  const keys = keywords(path);
  const around = property === undefined ? keys.slice(0, -1) : keys;
  return around.some((key) => key === "not" || key === "if");
}

/** Also when Redocly reports it at another key: it takes that for the same thing because of a similar name. */
function isGone({ kind, property }: RedoclyChange): boolean {
  return kind === "removed" || property === "key";
}

/** Whether it is all that is said of an answer, its body, a header or the form of a parameter. */
function isPromise({ path, typeName }: RedoclyChange, isInput: boolean): boolean {
  if (typeName !== "Schema") return typeName === "Responses";
  if (/\/parameters\/[^/]+\/schema$/.test(path)) return true;
  return /\/(content|headers)\/[^/]+\/schema$/.test(path) && !isInput;
}

/** Whether a value that told schemas apart no longer does, or stands for another schema. */
function isDiscriminatorBroken(change: RedoclyChange, after: unknown): boolean {
  const { path, kind, typeName, base, revision } = change;
  // Unless a mapping says otherwise, the name of a schema stands for it.
  const isName = (value: string): boolean =>
    valueAt(after, ["components", "schemas", value]) !== undefined;
  if (typeName === "Schema" && isMapped(path)) {
    return isGone(change) || (kind === "added" && isName(pointerKeys(path).at(-1)!));
  }
  if (!typeName.startsWith("Discriminator")) return false;
  const added =
    typeName === "Discriminator" ? valueAt(revision?.value, ["mapping"]) : revision?.value;
  return base?.value !== undefined || Object.keys(added ?? {}).some(isName);
}

/** A place within a body in XML. */
const IN_XML = /\/content\/[^/]*(~1|\+)xml\b[^/]*\//i;

/** Whether callers may send less than before, or get something else for the same, at a keyword that Redocly ignores. */
function isTightened(change: RedoclyChange, after: unknown): boolean {
  const { path, kind, typeName, property, base, revision } = change;
  // It depends on `additionalProperties`, which is not known here, whether adding or removing a pattern narrows.
  if (kind !== "modified" && isAmong(path, "patternProperties")) return true;
  if (kind === "added" && isAmong(path, "schema")) {
    return Object.keys(revision?.value ?? {}).some((key) => !isProse(key));
  }
  if (kind === "added") return LIMITING.some((key) => isAmong(path, key));
  if (typeName === "Encoding" && property !== undefined) return isWrittenOtherwise(change);
  // Even a new default: what held before for a caller who sends nothing was not documented, and may differ.
  if (property === "default") return typeName === "Schema" && !isAlwaysSent(path, after);
  if (property === "nullable") return base?.value === true;
  return isLessTaken(change, base?.value, revision?.value, "readOnly");
}

/** Keywords of whose schemas each is a limit, though Redocly does not say so when one comes or goes. */
const LIMITING = ["contentSchema", "dependentSchemas", "prefixItems"];

/** Whether a place is one of the schemas at a keyword, or all of them. */
function isAmong(path: string, keyword: string): boolean {
  const [holder, last] = keywords(path).slice(-2);
  return last === keyword || (holder === keyword && /^\d+$/.test(last!));
}

/** Whether more may come back than before, at a keyword that Redocly ignores. */
function isLoosened(change: RedoclyChange): boolean {
  const { path, kind, property, base, revision } = change;
  // Reported at the answer that refers to it.
  if (path.startsWith("#/components/schemas/")) return false;
  if (kind === "removed")
    return [...LIMITING, "patternProperties"].some((key) => isAmong(path, key));
  if (property === "nullable") return revision?.value === true;
  return isLessTaken(change, revision?.value, base?.value, "writeOnly");
}

/**
 * Whether a keyword allows less with one value than with another. `hides` is the keyword that allows nothing in this
 * direction.
 */
function isLessTaken(
  { kind, typeName, property, revision }: RedoclyChange,
  wide: unknown,
  narrow: unknown,
  hides: "readOnly" | "writeOnly",
): boolean {
  if (kind !== "modified") return false;
  if (typeName === "DependentRequired") return isLonger(wide, narrow);
  if (typeName !== "Schema") return false;
  if (property === hides) return revision?.value === true;
  if (property === "minContains") return Number(narrow ?? 1) > Number(wide ?? 1);
  return property === "maxContains" && Number(narrow ?? Infinity) < Number(wide ?? Infinity);
}

/** Whether a part of a form has to be written in another way than before. */
function isWrittenOtherwise({ property, base, revision }: RedoclyChange): boolean {
  if (property === "style" || property === "explode") return true;
  if (property === "allowReserved") return revision?.value !== true;
  const [old, fresh] = [base?.value, revision?.value].map((types) =>
    typeof types === "string" ? types.split(",").map((type) => type.trim().toLowerCase()) : [],
  ) as [string[], string[]];
  const isTaken = (type: string): boolean =>
    fresh.some(
      (taken) => taken === type || taken === "*/*" || taken === type.replace(/\/.*/, "/*"),
    );
  return (
    property === "contentType" && fresh.length > 0 && (old.length === 0 || !old.every(isTaken))
  );
}

/** Whether callers always have to send what a schema describes, so that its default never applies. */
function isAlwaysSent(path: string, after: unknown): boolean {
  const keys = pointerKeys(path);
  const within = valueThrough(after, keys.slice(0, -1));
  const own = valueAt(within, keys.slice(-1));
  // Another place that refers to it may let it be left out.
  if (isObject(own) && "$ref" in own) return false;
  if (keys.at(-1) === "schema") return isObject(within) && within["required"] === true;
  const holder = valueThrough(after, keys.slice(0, -2));
  const required =
    isObject(holder) && keys.at(-2) === "properties" ? holder["required"] : undefined;
  return Array.isArray(required) && required.includes(keys.at(-1));
}

/** Whether a list has an item that it did not have. */
function isLonger(old: unknown, fresh: unknown): boolean {
  return Array.isArray(fresh) && !fresh.every((item) => Array.isArray(old) && old.includes(item));
}

const FLOW = /^#\/components\/securitySchemes\/[^/]+\/flows\/[^/]+$/;

/** Whether a flow to get a token is gone, or has another address. */
function isLoginBroken({ path, kind, typeName, property, base }: RedoclyChange): boolean {
  if (!FLOW.test(path) || typeName === "SpecExtension") return false;
  if (property === undefined || property === "key") return kind !== "added";
  return property.endsWith("Url") && base?.value !== undefined;
}

/** Whether a server variable allows less than before, or has another default. */
function isNarrower(change: RedoclyChange): boolean {
  const { property, base, revision } = change;
  if (property === "enum") {
    return (
      Array.isArray(revision?.value) &&
      (base?.value === undefined || isLonger(revision.value, base.value))
    );
  }
  return isGone(change) || property === "default";
}

function onlyExplains({ path, typeName, property, base, revision }: RedoclyChange): boolean {
  if (property === "enum") {
    const [old, fresh] = [base?.value, revision?.value].map((values) =>
      Array.isArray(values) ? new Set(values) : values,
    );
    return isDeepStrictEqual(old, fresh);
  }
  return (
    typeName === "Xml" ||
    typeName.startsWith("Tag") ||
    isWithinProse(property === undefined ? path : `${path}/${property}`)
  );
}

function relaxingRule(change: RedoclyChange, isInput: boolean): string | undefined {
  const { path, kind, typeName, property, base, revision } = change;
  if (typeName.startsWith("SecurityRequirement")) {
    const isLess = revision?.value === undefined || isLonger(revision.value, base?.value);
    return kind === "removed" || isLess ? "security-relaxed" : undefined;
  }
  if (property === "deprecated") return "deprecated";
  if (kind === "added" && NAMED_IN_TYPES.test(path)) return `${typeName.toLowerCase()}-added`;
  if (typeName === "ServerVariable" && property === "enum") return "server-variable-relaxed";
  if (!isInput) return undefined;
  const isKeyword = property !== undefined && property !== "key";
  const isLimit = INPUTS.has(typeName) ? !isKeyword || LIMITS.has(property) : kind === "removed";
  return isLimit || RELAXED_BY_ALL.has(typeName) ? "input-relaxed" : undefined;
}

const INPUTS = new Set(["Parameter", "RequestBody", "Schema"]);

/** Every change of these that is not breaking lets callers send more. */
const RELAXED_BY_ALL = new Set(["DependentRequired", "Encoding"]);

/** Keywords that only limit what may be sent: if Redocly finds a change of one harmless, more may be sent. */
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
