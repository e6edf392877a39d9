import { join } from "node:path";
import { Application } from "typedoc";
import { expect, test, vi } from "vitest";

const here = import.meta.dirname;

test("there is a warning for everything that the docstring of an export does not tell", async () => {
  const app = await Application.bootstrapWithPlugins({
    entryPoints: [join(here, "poorly-documented.ts")],
    tsconfig: join(here, "tsconfig.json"),
    plugin: [join(here, "docstrings.ts")],
    logLevel: "None",
  });
  const api = await app.convert();
  if (api === undefined) throw new Error("typedoc could not read the source.");
  const warn = vi.spyOn(app.logger, "warn");
  app.validate(api);

  expect(warn.mock.calls.map(([text]) => text)).toEqual([
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
