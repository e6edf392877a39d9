import * as client from "@np6-archives/client";
import { program } from "./program.mjs";

console.log(await program(client, process.argv[2]));
