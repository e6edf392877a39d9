import * as client from "@np6-archives/client";
import { program } from "./program.mjs";

// The mock is served behind the page, on the same origin.
globalThis.result = program(client, location.origin);
