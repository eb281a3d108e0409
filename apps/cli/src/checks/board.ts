import type { MicroPythonDevice } from '@ota/device-fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exitCode } from '../exit-code.ts';
import { probeMs, withBoard } from '../framework/board.ts';
import { explainError } from '../framework/explain-error.ts';
import type { BaseContext } from '../framework/context.ts';
import { counted } from '../framework/output/units.ts';
import { protectedBesideDeviceFiles } from '../install/stage-node.ts';
import { failed, failedBy, ok, skipped, type Check } from './check.ts';

/** The oldest MicroPython that the device files run on. */
export const oldestMicroPython = '1.20';

/**
 * Looks at the board of a context: port, MicroPython, device files, settings, and whether it sees the wireless network. What ran on it is
 * interrupted, and started again at the end.
 */
export async function checkBoard(context: BaseContext): Promise<Check[]> {
  const checks: Check[] = [];
  try {
    await withBoard(context, async (board) => {
      checks.push(ok('port', `${context.port} is open to you`), ok('board', 'MicroPython answers'));
      const { signal } = context;
      try {
        const { version } = await board.firmware({ signal });
        checks.push(checkVersion(version));
        checks.push(await checkDeviceFiles(board, signal));
        checks.push(...(await checkSettings(board, signal)));
      } catch (error) {
        signal.throwIfAborted();
        checks.push(failedBy('board', error));
      }
      await board.reset('hard', { signal });
    });
  } catch (error) {
    context.signal.throwIfAborted();
    // Of a link that is lost the reset says the same again.
    if (!checks.some(({ status, name }) => status === 'failed' && name === 'board')) {
      checks.push(failedBy(placeOf(error, checks), error));
    }
  }
  return checks;
}

function placeOf(error: unknown, checks: Check[]): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (checks.length > 0) return 'board';
  if (code.startsWith('LINK_')) return 'port';
  checks.push(ok('port', 'it is open to you'));
  return 'board';
}

/** Whether a version is new enough: by its first two numbers. */
export function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [needMajor = 0, needMinor = 0] = oldestMicroPython.split('.').map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

/** A check of a board's MicroPython. */
export function checkVersion(version: string): Check {
  if (isNewEnough(version)) return ok('firmware', `MicroPython ${version}`);
  const detail = `MicroPython ${version} is older than ${oldestMicroPython}: write a newer one with "ota image"`;
  return failed('firmware', detail, exitCode.device);
}

async function checkDeviceFiles(board: MicroPythonDevice, signal: AbortSignal): Promise<Check> {
  const { deviceFiles } = await import('@ota/micropython-firmware');
  const directory = await mkdtemp(join(tmpdir(), 'ota-doctor-'));
  try {
    // Either form will do, as long as it is of this version.
    const compiled = await board.files.exists('/lib/ota/node.mpy', { signal });
    for (const { path, content } of await deviceFiles({ compiled })) {
      await mkdir(dirname(join(directory, path)), { recursive: true });
      await writeFile(join(directory, path), content);
    }
    const options = { dryRun: true, delete: true, protect: protectedBesideDeviceFiles, signal };
    const { files } = await board.syncTree(directory, '/', options);
    const stale = files.filter(({ action }) => action !== 'unchanged' && action !== 'kept').length;
    if (stale === 0) return ok('device files', 'as in this version of ota');
    return failed(
      'device files',
      `${counted(stale, 'file')} differ: bring them with "ota rsync"`,
      exitCode.device,
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function checkSettings(board: MicroPythonDevice, signal: AbortSignal): Promise<Check[]> {
  const { readSettings } = await import('@ota/micropython-firmware');
  const todo = 'make them with "ota init", bring them with "ota rsync"';
  try {
    const texts = [];
    for (const path of ['/wifisettings.py', '/nodesettings.py']) {
      if (!(await board.files.exists(path, { signal }))) {
        return [failed('settings', `${path} is not on the board: ${todo}`, exitCode.device)];
      }
      texts.push((await board.files.readFile(path, { signal })).toString('utf8'));
    }
    const [wifi = {}, node = {}] = texts.map((text) => readSettings(text));
    const settings = ok('settings', `of the node ${textOf(node['controllerName'])}`);
    return [settings, await checkWifi(board, textOf(wifi['wifiAP']), signal)];
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'FirmwareError') throw error;
    return [
      failed('settings', `those on the board cannot be read (${error.message}): ${todo}`, exitCode.device),
    ];
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '?';
}

/**
 * {@link checkWifi} by the board of a context, which then starts again what ran on it. Settings can be written without any board: that it cannot
 * be asked is no failure. @throws the signal's reason.
 */
export async function checkWifiFrom(context: BaseContext, name: string): Promise<Check> {
  const { port, signal } = context;
  try {
    return await withBoard(
      context,
      async (board) => {
        const check = await checkWifi(board, name, signal);
        await board.reset('hard', { signal });
        return check;
      },
      { enterMs: probeMs },
    );
  } catch (error) {
    signal.throwIfAborted();
    return skipped('WiFi', `the board at ${port} cannot be asked: ${explainError(error).message}`);
  }
}

const scanMs = 20_000;

/** Whether the board sees a network of this name. */
export async function checkWifi(board: MicroPythonDevice, name: string, signal: AbortSignal): Promise<Check> {
  const scan =
    "(lambda w: (w.active(True), [n[0] for n in w.scan()])[1])(__import__('network').WLAN(__import__('network').STA_IF))";
  try {
    const found = await board.eval(scan, { signal, timeoutMs: scanMs });
    const names = Array.isArray(found)
      ? found.map((item) => (Buffer.isBuffer(item) ? item.toString('utf8') : ''))
      : [];
    if (names.includes(name)) return ok('WiFi', `the board sees ${name}`);
    const others = names.filter(Boolean).join(', ') || 'none';
    return failed(
      'WiFi',
      `the board does not see ${name} (it sees ${others}): check the name, or move the board`,
      exitCode.device,
    );
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'PythonError') throw error;
    return skipped('WiFi', 'this board cannot look for networks');
  }
}
