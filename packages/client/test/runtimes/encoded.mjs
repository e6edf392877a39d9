// Prints the mail behind a link.
import { ArchivesClient } from "@np6-archives/client";

const [, , url] = process.argv;
const client = new ArchivesClient({ apiKey: "the-key-of-the-runtimes", baseUrl: url });
console.log(await (await client.download({ id: "any", url })).text());
