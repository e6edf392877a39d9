import { createServer } from "node:http";

/** The least that a server can do: a list of two, whatever the request. */
const ARCHIVE = {
  id: "3c39aa17-5fcc-4a43-8c12-4085e68f7162",
  action: "00000A",
  target: "000T123",
  sendingDate: "2026-02-05T09:27:59.865Z",
  url: "http://127.0.0.1:4011/mcom032/4f54ed5e-f0f3-4a3a-9ce9-23b499e7e844.eml?sv=2020-02-10&st=2024-04-03T15%3A12%3A02Z&se=2024-05-05T15%3A12%3A02Z&sr=b&sp=r&sig=hnGaHP7EM8sml4WJtidaYKSr4SsRNQ8gDRtrazRFrRE%3D",
  expiresOn: "2026-03-09T09:27:59.865Z",
};
const body = Buffer.from(JSON.stringify([ARCHIVE, ARCHIVE]));
const HEADERS = {
  "content-type": "application/vnd.np6.cm.mail.archive",
  "content-length": body.length,
};

createServer((_, response) => {
  response.writeHead(200, HEADERS);
  response.end(body);
}).listen(Number(process.argv[2]), "127.0.0.1");
