// What a call through contractFetch costs compared with a bare one, where the fetch answers at once. Prints a table;
// compare only ratios within one run.
import { mailArchivesIssues } from "@np6-archives/spec/validate";
import { Bench } from "tinybench";
import { contractFetch } from "../src/index.ts";

const archive = {
  id: "3c39aa17-5fcc-4a43-8c12-4085e68f7162",
  action: "00000A",
  target: "000T123",
  sendingDate: "2026-02-05T09:27:59.865Z",
  url: "https://mcom032.blob.core.windows.net/mcom032/4f54ed5e-f0f3-4a3a-9ce9-23b499e7e844.eml?se=2026-03-09&sig=x",
  expiresOn: "2026-03-09T09:27:59.865Z",
};
const url = "https://api-cm.np6.com/targets/000T123/archives?startDate=2026-02-01T00:00:00Z";
const init = { headers: { "X-Key": "bench" } };

for (const count of [2, 1000]) {
  const body = JSON.stringify(Array.from({ length: count }, () => archive));
  const answer: typeof fetch = async () =>
    new Response(body, { headers: { "content-type": "application/vnd.np6.cm.mail.archive" } });
  const held = await contractFetch({ fetch: answer });

  const bench = new Bench({ name: `${count} archives`, time: 1000 });
  bench.add("bare fetch", async () => (await answer(url, init)).json());
  bench.add("bare fetch + the spec's own validator", async () => {
    mailArchivesIssues(await (await answer(url, init)).json());
  });
  bench.add("contractFetch", async () => (await held(url, init)).json());
  await bench.run();

  const medians = bench.tasks.map(({ name, result }) => {
    if (!("latency" in result)) throw new Error(`${name} did not run.`);
    return { name, milliseconds: result.latency.p50 };
  });
  const bare = medians[0]?.milliseconds ?? Number.NaN;
  console.log(bench.name);
  console.table(
    medians.map(({ name, milliseconds }) => ({
      call: name,
      "ms a call (median)": milliseconds.toFixed(4),
      "times bare": (milliseconds / bare).toFixed(1),
    })),
  );
}
