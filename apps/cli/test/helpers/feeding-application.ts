/** What a node runs that is to be confirmed: it feeds the watchdog and does nothing else. */
export const feedingApplication = `def start(env):
    while True:
        env["wdt"].feed()
        env["time"].sleep(0.1)
`;
