/* global SwaggerUIBundle */
const { basePath } = document.querySelector("#swagger").dataset;
/** Where this page is, which may be behind a gateway's prefix. */
const here = new URL(".", location.href).href;
const archiveType = "application/vnd.np6.cm.mail.archive";

/** The contract as this page tries it out: against this mock, with optional parameters left empty. */
function tryable(spec) {
  const parameters = Object.entries(spec.components?.parameters ?? {}).map(([name, parameter]) => {
    const { example: _, examples: __, ...rest } = parameter;
    return [name, parameter.required ? parameter : rest];
  });
  return {
    ...spec,
    servers: [{ url: here.slice(0, -1) + basePath, description: "This mock" }],
    components: { ...spec.components, parameters: Object.fromEntries(parameters) },
  };
}

const ownServer = {
  statePlugins: {
    spec: { wrapActions: { updateJsonSpec: (update) => (spec) => update(tryable(spec)) } },
  },
};

/** Swagger UI knows JSON by its name alone: it takes the vendor's media type for a file. */
async function readAsText(response) {
  if (response.headers?.["content-type"] !== archiveType) return response;
  const text = await response.data.text();
  return { ...response, data: text, text };
}

const readableArchives = {
  wrapComponents: {
    responseBody: (Original, system) => (props) =>
      system.React.createElement(Original, {
        ...props,
        contentType: props.contentType === archiveType ? "application/json" : props.contentType,
      }),
  },
};

const dark = matchMedia("(prefers-color-scheme: dark)");
const followScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followScheme);
followScheme();

const ui = SwaggerUIBundle({
  url: `${here}__mock/docs/openapi.yaml`,
  dom_id: "#swagger",
  deepLinking: false,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  validatorUrl: null,
  plugins: [ownServer, readableArchives],
  responseInterceptor: readAsText,
  onComplete: () => ui.preauthorizeApiKey("apiKey", "demo"),
});
