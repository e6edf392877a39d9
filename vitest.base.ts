/**
 * For the tests of every package. A busy machine or a slow disk takes the time it needs to start, stop and remove
 * things: these limits end only what hangs for good.
 */
const PATIENCE = 600_000;

export default {
  test: {
    // Many tests wait for servers and processes more than they compute; one file at a time would leave a core idle.
    maxWorkers: "100%",
    testTimeout: PATIENCE,
    hookTimeout: PATIENCE,
    teardownTimeout: PATIENCE,
    // A test that asserts nothing cannot fail.
    expect: { requireAssertions: true, poll: { timeout: PATIENCE, interval: 20 } },
  },
};
