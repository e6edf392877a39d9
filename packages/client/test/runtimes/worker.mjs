import * as client from "@np6-archives/client";
import { program } from "./program.mjs";

export default {
  async fetch(request) {
    return new Response(await program(client, new URL(request.url).searchParams.get("api")));
  },
};
