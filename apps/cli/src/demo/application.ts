/** The repository's files for one version of the demo's application. */
export function applicationFiles(version: number): Record<string, string> {
  return { 'src/main.py': mainModule, 'src/greeting.py': `TEXT = "version ${version} greets"\n` };
}

const mainModule = `"""Greets once a second. The watchdog resets the node if this loop stops."""

from src import greeting


def start(env):
    while True:
        env["mqtt_pub"]("greeting", greeting.TEXT)
        for _ in range(10):
            env["wdt"].feed()
            env["time"].sleep(0.1)
`;
