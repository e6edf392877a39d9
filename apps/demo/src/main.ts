import { domainToASCII } from "node:url";
import { ArchivesClient } from "@np6-archives/client";
import { addressFrom, listenOn } from "./command/address.ts";
import { clientSettings } from "./command/client-settings.ts";
import { runCommand, UsageError } from "./command/run-command.ts";
import { serveViewer } from "./web/serve.ts";

const HELP = `The archive viewer. Environment variables set it:

  NP6_API_KEY    the key to ask NP6 with (needed)
  NP6_BASE_URL   where to ask (default https://api-cm.np6.com)
  PORT, HOST     where to listen (default 4000 on 127.0.0.1)
  ALLOWED_HOSTS  names that it answers to besides localhost and IP addresses, by commas
`;

/** The viewer on the real service. */
await runCommand(HELP, async () => {
  const address = addressFrom(process.env, "PORT", "HOST", 4000);
  const allowedHosts = hostNames(process.env["ALLOWED_HOSTS"] ?? "");
  const client = clientFromEnvironment();
  const viewer = await listenOn([address], () => serveViewer({ client, allowedHosts }, address));
  process.stdout.write(`Viewer: ${viewer.url}\n`);
  return () => viewer.close();
});

/** The client reads its variables itself, but names its options when they are wrong. */
function clientFromEnvironment(): ArchivesClient {
  if (!process.env["NP6_API_KEY"]?.trim()) {
    throw new UsageError(
      "NP6_API_KEY is missing: set it to the key that the viewer asks NP6 with.",
    );
  }
  try {
    return new ArchivesClient(clientSettings);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = error.message
      .replace(/^apiKey\b/, "NP6_API_KEY")
      .replace(/^baseUrl\b/, "NP6_BASE_URL");
    throw new UsageError(message, { cause: error });
  }
}

/** Names by commas, as a browser sends them: `bücher.example` is `xn--bcher-kva.example`. */
function hostNames(list: string): string[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => {
      const ascii = domainToASCII(name);
      const label = /^[a-z\d]([a-z\d-]*[a-z\d])?$/;
      if (ascii.split(".").every((part) => label.test(part))) return ascii;
      throw new UsageError(
        `ALLOWED_HOSTS: expected host names by commas, such as archives.example.com, got "${name}".`,
      );
    });
}
