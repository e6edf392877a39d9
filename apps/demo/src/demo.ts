import { ArchivesClient } from "@np6-archives/client";
import { startMock } from "@np6-archives/mock";
import type { Mock } from "@np6-archives/mock";
import { addressFrom, checkPortsDiffer, listenOn } from "./command/address.ts";
import { CLIENT_SETTINGS } from "./command/client-settings.ts";
import { runCommand } from "./command/run-command.ts";
import type { Example } from "./pages/find-page.tsx";
import { serveViewer } from "./web/serve.ts";

const HELP = `The archive viewer on a mock of NP6, both in one process. Environment variables set it:

  PORT, HOST       where the viewer listens (default 4000 on 127.0.0.1)
  MOCK_PORT        where the mock answers (default 4010)
  MOCK_BLOB_PORT   where the mock keeps its mails (default 4011)
  MOCK_HOST        the address of both (default 127.0.0.1)
`;

/** The viewer on the mock, both in this process. */
await runCommand(HELP, async () => {
  const address = addressFrom(process.env, "PORT", "HOST", 4000);
  const api = addressFrom(process.env, "MOCK_PORT", "MOCK_HOST", 4010);
  const blob = addressFrom(process.env, "MOCK_BLOB_PORT", "MOCK_HOST", 4011);
  checkPortsDiffer([address, api, blob]);
  const mock = await listenOn([api, blob], () =>
    startMock({ host: api.host, port: api.port, blobPort: blob.port }),
  );
  const client = new ArchivesClient({ apiKey: "demo", baseUrl: mock.url, ...CLIENT_SETTINGS });
  try {
    const viewer = await listenOn([address], () =>
      serveViewer({ client, examples: examplesOf(mock) }, address),
    );
    process.stdout.write(
      `Viewer: ${viewer.url}\n` +
        `Mock:   ${mock.url}\n` +
        "Try first: open the viewer, find target 000T123, open one of its mails. Ctrl-C stops everything.\n",
    );
    return async () => {
      await Promise.all([viewer.close(), mock.close()]);
    };
  } catch (error) {
    await mock.close();
    throw error;
  }
});

/** The mock's story ids. An action alone finds nothing. */
function examplesOf(mock: Mock): Example[] {
  return mock.dataset.wellKnown.flatMap(({ kind, id, story }) =>
    kind === "action" ? [] : [{ query: { by: kind, [kind]: id }, label: story }],
  );
}
