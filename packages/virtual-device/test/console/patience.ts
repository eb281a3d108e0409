/** For a machine that is busy with other tests: what is waited for takes milliseconds. */
export const patience = { timeout: 10_000, interval: 5 };
