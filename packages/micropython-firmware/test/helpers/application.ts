/** An application that says which version it is, feeds the watchdog, and publishes twice a second. */
export function application(version: string): string {
  return `import time


def start(env):
    env["log"]("version ${version} runs")
    while True:
        env["wdt"].feed()
        env["mqtt_pub"]("alive", "${version}")
        time.sleep_ms(500)
`;
}

/** An application whose \`start\` has this body. */
export function startingWith(...lines: string[]): string {
  return `import time\n\n\ndef start(env):\n${lines.map((line) => `    ${line}\n`).join('')}`;
}
