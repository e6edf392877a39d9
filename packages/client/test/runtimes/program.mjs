// What every runtime runs: a listing, an error with its request id, a download. It prints one line of JSON.
export async function program({ ArchivesClient, NotFoundError, linkState }, baseUrl) {
  const client = new ArchivesClient({
    apiKey: "the-key-of-the-runtimes",
    baseUrl,
    dangerouslyAllowBrowser: true,
  });
  const archives = await client.listByTarget("000T123");
  const archive = archives.find((each) => linkState(each) === "usable");
  const error = await client.listByTarget("000F404").catch((reason) => reason);
  const mail = await (await client.download(archive)).bytes();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", mail));
  return JSON.stringify({
    archives: archives.length,
    isNotFound: error instanceof NotFoundError,
    message: error.message.replace(error.requestId, "ID"),
    sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
  });
}
