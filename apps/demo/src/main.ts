import { ArchivesClient } from "@np6-archives/client";

import { addressFrom, listenOn } from "./address.ts";
import { clientSettings } from "./client-settings.ts";
import { runCommand, UsageError } from "./command.ts";
import { serveViewer } from "./serve.ts";

const HELP = `The archive viewer. Environment variables set it:

  NP6_API_KEY    the key to ask NP6 with (needed)
  NP6_BASE_URL   where to ask (default https://api-cm.np6.com)
  PORT, HOST     where to listen (default 4000 on 127.0.0.1)
  ALLOWED_HOSTS  names that it answers to besides localhost and IP addresses, by commas
`;

/** The viewer on the real service. */
await runCommand(HELP, async () => {
  const { NP6_API_KEY: apiKey, NP6_BASE_URL: baseUrl, ALLOWED_HOSTS: names = "" } = process.env;
  if (!apiKey)
    throw new UsageError(
      "NP6_API_KEY is missing: set it to the key that the viewer asks NP6 with.",
    );
  if (baseUrl && !/^https?:$/.test(URL.parse(baseUrl)?.protocol ?? "")) {
    throw new UsageError(`NP6_BASE_URL must be an http or https address, not "${baseUrl}".`);
  }
  const client = new ArchivesClient({ apiKey, ...(baseUrl && { baseUrl }), ...clientSettings });
  const allowedHosts = names
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const address = addressFrom(process.env, "PORT", "HOST", 4000);
  const viewer = await listenOn([address], () => serveViewer({ client, allowedHosts }, address));
  process.stdout.write(`Viewer: ${viewer.url}\n`);
  return () => viewer.close();
});
