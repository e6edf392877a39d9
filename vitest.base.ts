/**
 * For the tests of every package. A busy machine or a slow disk takes the time it needs to start, stop and remove
 * things: these limits end only what hangs for good.
 */
const PATIENCE = 600_000;

export default {
  test: {
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    teardownTimeout: PATIENCE,
    expect: { poll: { timeout: PATIENCE, interval: 20 } },
  },
};
