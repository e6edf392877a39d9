// What a call costs compared with a plain fetch, where the fetch answers at once.
import { listOf } from "./archives.ts";
import { fetchClients } from "./clients.ts";
import { compare } from "./rounds.ts";

const headers = { "content-type": "application/vnd.np6.cm.mail.archive", "x-request-id": "r-1" };

for (const [count, calls] of [
  [2, 300],
  [1000, 10],
] as const) {
  const body = listOf(count);
  const stub = async () => new Response(body, { headers });
  const clients = fetchClients("https://api.example.com", stub);
  await compare(`Per call, ${count} archives, over a stub fetch`, clients, calls);
}
