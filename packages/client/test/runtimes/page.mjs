import * as client from "@np6-archives/client";
import { program } from "./program.mjs";

// The page stands before the mock, so that both are one origin.
globalThis.result = program(client, location.origin);
