// The contract for tools that know JSON only as `application/json`.
import { parse } from "yaml";

const VENDOR_TYPE = "application/vnd.np6.cm.mail.archive";
const JSON_TYPE = "application/json";

/** The failures of a server that a client meets. */
const SERVER_ERRORS = {
  "500": "The service failed.",
  "502": "A gateway got no usable answer from the service.",
  "503": "The service is not available.",
  "504": "A gateway got no answer from the service in time.",
};

const DESCRIPTION = `
This is not the contract: it is the contract as code generators and contract tools can use it. It is made from
openapi.yaml, which stays the truth, and differs in three ways. A success may also be \`${JSON_TYPE}\`, beside the
service's own \`${VENDOR_TYPE}\`: the service itself only sends the latter, with the same JSON in it. \`5XX\` is spelled
out. And the dates of a query are no more null: leaving one out says the same.
`;

type Node = Record<string, unknown>;

interface Description {
  info: { description: string };
  paths: Record<string, Record<string, { responses: Record<string, Node> }>>;
  components: {
    parameters: Record<string, { schema: { type: unknown } }>;
    headers: Record<string, Node>;
    responses: Record<string, Node & { headers: Node }>;
  };
}

/** The text of for-generators.json, for an OpenAPI document given as text. */
export function forGenerators(openapi: string): string {
  // A YAML anchor gives one object in several places; a change in one place would change all.
  const spec = structuredClone(parse(openapi)) as Description;
  spec.info.description = `${DESCRIPTION.trim()}\n\n${spec.info.description.trim()}\n`;
  for (const { schema } of Object.values(spec.components.parameters)) {
    schema.type = notNull(schema.type);
  }
  for (const operation of Object.values(spec.paths).flatMap((path) => Object.values(path))) {
    operation.responses = Object.fromEntries(
      Object.entries(operation.responses).flatMap(([status, response]) =>
        status === "5XX"
          ? Object.keys(SERVER_ERRORS).map((code) => [code, reference(code)])
          : [[status, withJson(response)]],
      ),
    );
  }
  const { ServerError: failure, ...responses } = spec.components.responses;
  if (failure === undefined) throw new Error("Expected the response ServerError, got none.");
  spec.components.responses = {
    ...responses,
    ...Object.fromEntries(
      Object.entries(SERVER_ERRORS).map(([code, description]) => [
        `ServerError${code}`,
        {
          ...failure,
          description: `${description} The body is commonly empty.`,
          // Tools pair examples by their names, and that of this header's example belongs to the requests that are
          // answered 500.
          headers:
            code === "500"
              ? failure.headers
              : { ...failure.headers, "x-request-id": { $ref: "#/components/headers/RequestId" } },
        },
      ]),
    ),
  };
  return `${JSON.stringify(spec, undefined, 2)}\n`;
}

function reference(code: string): Node {
  return { $ref: `#/components/responses/ServerError${code}` };
}

function withJson(response: Node): Node {
  const content = response["content"] as Record<string, unknown> | undefined;
  const body = content?.[VENDOR_TYPE];
  // Tools that read one media type take the first.
  return body === undefined
    ? response
    : { ...response, content: { [JSON_TYPE]: body, ...content } };
}

function notNull(type: unknown): unknown {
  if (!Array.isArray(type)) return type;
  const types = type.filter((name) => name !== "null");
  return types.length === 1 ? types[0] : types;
}
