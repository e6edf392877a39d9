import { availableParallelism } from "node:os";
import { configDefaults, defineConfig, mergeConfig } from "vitest/config";
import base from "../../vitest.base.ts";

/** Windows runs no PostgreSQL for an administrator, as the accounts of CI are. There these need one that runs already. */
const OF_POSTGRES = ["chaos", "databases", "indexes", "machines", "machines-readme"];
const isThere = process.platform !== "win32" || process.env["DATABASE_URL"] !== undefined;

const exclude = isThere ? [] : OF_POSTGRES.map((name) => `test/${name}.test.ts`);

export default mergeConfig(
  base,
  defineConfig({
    test: {
      // Its tests wait half of their time: for processes, clocks and databases.
      maxWorkers: 2 * availableParallelism(),
      exclude: [...configDefaults.exclude, ...exclude],
    },
  }),
);
