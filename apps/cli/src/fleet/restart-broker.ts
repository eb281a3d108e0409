import { execFile, type ExecFileException } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { exitCode } from '../exit-code.ts';
import { CliError } from '../framework/cli-error.ts';

/** How a broker's service is restarted. */
export interface RestartCommand {
  /** As a person would type it. */
  readonly line: string;
  readonly file: string;
  readonly args: readonly string[];
  /** The line is for the shell: somebody wrote it himself. */
  readonly isShell: boolean;
}

const restartMs = 60_000;

/** By Node's name of the system, for a service of this name. */
const managers: Readonly<Record<string, (service: string) => readonly [string, ...string[]]>> = {
  linux: (service) => ['systemctl', 'restart', service],
  darwin: (service) => ['brew', 'services', 'restart', service],
  win32: (service) => ['powershell', '-NoProfile', '-Command', `Restart-Service '${service}'`],
};

/**
 * What would restart the broker: the given command, else this computer's service manager, if the broker is on this computer.
 *
 * @throws CliError BROKER_ELSEWHERE, BROKER_SERVICE, which say what to do by hand.
 */
export async function restartCommand(
  url: string,
  { command, service }: { command: string | undefined; service: string },
  platform: NodeJS.Platform = process.platform,
): Promise<RestartCommand> {
  if (command !== undefined) return { line: command, file: command, args: [], isShell: true };
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
  if (!(await isHere(host))) {
    throw new CliError(
      'BROKER_ELSEWHERE',
      exitCode.failed,
      `the broker at ${host} is not on this computer: restart it there, or say how with --broker-command "ssh ${host} sudo systemctl restart ${service}"`,
    );
  }
  const manager = managers[platform]?.(service);
  if (!manager) {
    const message = `it is not known how services are restarted on ${platform}: say how with --broker-command`;
    throw new CliError('BROKER_SERVICE', exitCode.failed, message);
  }
  const [file, ...args] = manager;
  return { line: manager.join(' '), file, args, isShell: false };
}

/** @throws CliError BROKER_SERVICE with what the command said; the signal's reason. */
export async function restartBroker(command: RestartCommand, signal: AbortSignal): Promise<void> {
  const { line, file, args, isShell } = command;
  const failed = await new Promise<{ error: ExecFileException; said: string } | undefined>((resolve) => {
    execFile(file, args, { shell: isShell, signal, timeout: restartMs }, (error, stdout, stderr) => {
      resolve(error ? { error, said: (stderr || stdout).trim() } : undefined);
    });
  });
  signal.throwIfAborted();
  if (!failed) return;
  const { error, said } = failed;
  const isMissing = error.code === 'ENOENT';
  const why = isMissing ? `${file} is not installed here` : said || error.message;
  throw new CliError(
    'BROKER_SERVICE',
    exitCode.failed,
    `"${line}" did not restart the broker: ${why}; run it as a user who may, or say another way with --broker-command`,
    { cause: error },
  );
}

/** Whether a name or address is one of this computer's. */
async function isHere(host: string): Promise<boolean> {
  const { address } = await lookup(host).catch(() => ({ address: host }));
  const own = Object.values(networkInterfaces()).flatMap((entries) => entries ?? []);
  return address.startsWith('127.') || address === '::1' || own.some((entry) => entry.address === address);
}
