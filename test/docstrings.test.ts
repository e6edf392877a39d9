import { join } from "node:path";
import { Application } from "typedoc";
import type { TypeDocOptions } from "typedoc";
import { expect, test } from "vitest";
import { silences } from "./docstrings.ts";

const here = import.meta.dirname;

async function silencesOf(options: Partial<TypeDocOptions>): Promise<string[]> {
  const app = await Application.bootstrap({ ...options, logLevel: "Error" });
  const api = await app.convert();
  if (api === undefined) throw new Error("typedoc could not read the sources.");
  return silences(api);
}

test("the API reference tells units, defaults and errors", async () => {
  expect(await silencesOf({ options: join(here, "..") })).toEqual([]);
});

test("an export is named with what its docstring does not tell", async () => {
  const entryPoints = [join(here, "poorly-documented.ts")];
  expect(await silencesOf({ entryPoints, tsconfig: join(here, "tsconfig.json") })).toEqual([
    "greeting has no docstring.",
    "WaitOptions.timeout says neither its unit nor what it counts.",
    "size says neither its unit nor what it counts.",
    "show.length says neither its unit nor what it counts.",
    "WaitOptions.timeout says no default.",
    "Until.event says no default.",
    "Pace.interval says no default.",
    "show.view.__type.corner says no default.",
    "Waiter.constructor says neither how it throws or rejects, nor that it never does.",
    "Waiter.once says neither how it throws or rejects, nor that it never does.",
  ]);
});
