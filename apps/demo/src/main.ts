import { resolve } from "node:path";
import { domainToASCII } from "node:url";
import { ArchivesClient } from "@np6-archives/client";
import { KeepError, personBag } from "@np6-archives/keep";
import type { KeptMails } from "@np6-archives/keep";
import { openKeptStore } from "./archives/kept-store.ts";
import { addressFrom, listenOn } from "./command/address.ts";
import { CLIENT_SETTINGS } from "./command/client-settings.ts";
import { runCommand, UsageError } from "./command/run-command.ts";
import { withoutDot } from "./web/allowed-hosts.ts";
import type { WriteBag } from "./web/bag-download.ts";
import { serveViewer } from "./web/serve.ts";

const HELP = `The archive viewer. Environment variables set it:

  NP6_API_KEY    the key to ask NP6 with (needed, unless there is a KEPT_STORE)
  NP6_BASE_URL   where to ask (default https://api-cm.np6.com)
  KEPT_STORE     a store that np6-archives-keep fills: its mails are found and opened, too
  PORT, HOST     where to listen (default 4000 on 127.0.0.1)
  ALLOWED_HOSTS  names that it answers to besides localhost, HOST and IP addresses, separated by commas
`;

/** The viewer on the real service. */
await runCommand(HELP, async () => {
  const address = addressFrom(process.env, "PORT", "HOST", 4000);
  const allowedHosts = hostNames(process.env["ALLOWED_HOSTS"] ?? "");
  const store = folderFrom(process.env["KEPT_STORE"]?.trim() ?? "");
  const client = clientFromEnvironment(store === "");
  const kept = store === "" ? undefined : await keptIn(store);
  const bag: WriteBag = (target, out, signal) => personBag({ store, target, out, signal });
  const viewer = await listenOn([address], () =>
    serveViewer({ client, kept, bag: kept && bag, allowedHosts }, address),
  );
  process.stdout.write(`Viewer: ${viewer.url}\n`);
  return async () => {
    await viewer.close();
    await kept?.close();
  };
});

/**
 * A folder relative to where the command was started: pnpm and npm run a package's script in the package's folder, and
 * set INIT_CWD to where they were called. If another package's script started us, that does not apply.
 *
 * @throws UsageError for an address.
 */
function folderFrom(path: string): string {
  // The address is not shown, as it may have a signature.
  if (/^(azure:|[a-z][a-z\d+.-]*:\/\/)/i.test(path))
    throw new UsageError("KEPT_STORE: expected a folder with a store, got an address.");
  const { INIT_CWD, npm_package_name: script } = process.env;
  const caller = script === "@np6-archives/demo" ? INIT_CWD : undefined;
  return path === "" ? "" : resolve(caller || ".", path);
}

async function keptIn(store: string): Promise<KeptMails> {
  try {
    return await openKeptStore(store);
  } catch (error) {
    if (!(error instanceof KeepError)) throw error;
    // Its messages name the options of keep's command.
    const message = error.message.replace(/^--store: /, "").replace(", or --ledger,", ",");
    throw new UsageError(`KEPT_STORE: ${message}`, { cause: error });
  }
}

/** The client reads its variables itself, but names its options in errors. */
function clientFromEnvironment(isNeeded: boolean): ArchivesClient | undefined {
  if (!process.env["NP6_API_KEY"]?.trim()) {
    if (!isNeeded) return undefined;
    throw new UsageError(
      "NP6_API_KEY is missing: set it to the key that the viewer asks NP6 with, or KEPT_STORE to a store.",
    );
  }
  try {
    return new ArchivesClient(CLIENT_SETTINGS);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const message = error.message
      .replace(/^apiKey\b/, "NP6_API_KEY")
      .replace(/^baseUrl\b/, "NP6_BASE_URL");
    throw new UsageError(message, { cause: error });
  }
}

/** Names separated by commas, as a browser sends them: `bücher.example` is `xn--bcher-kva.example`. */
function hostNames(list: string): string[] {
  return list
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
    .map((name) => {
      // Without a blank, everything after one of these would be ignored silently.
      const ascii = withoutDot(domainToASCII(name.replaceAll(/[/\\?#]/g, " ")));
      // Names with an underscore are used, too, such as those of containers.
      const label = /^\w([\w-]*\w)?$/;
      if (ascii.split(".").every((part) => label.test(part))) return ascii;
      throw new UsageError(
        `ALLOWED_HOSTS: expected host names separated by commas, such as archives.example.com, got "${name}".`,
      );
    });
}
