import type { AskOptions, Board } from '../board.ts';
import { DeviceError, PythonError } from '../errors.ts';
import { parentsOf } from '../files/device-path.ts';
import { sumOf } from '../files/flat-writer.ts';
import { spaceStats, type SpaceStats } from '../files/stats.ts';
import { temporaryName } from '../files/helper.ts';
import { asFirmware, firmwareProbe, type Firmware } from '../firmware.ts';
import { stringLiteral } from '../python/literal.ts';
import type { PythonValue } from '../python/parse.ts';

export interface RemoteFile {
  size: number;
  /** See contentNumber; `undefined` where no file of that size was asked for. */
  digest: number | undefined;
}

export interface RemoteTree {
  firmware: Firmware;
  /** `undefined` where the firmware does not tell. */
  space: SpaceStats | undefined;
  /** By path from the synced directory. */
  files: Map<string, RemoteFile>;
  /** Parents first, without the root. */
  directories: Set<string>;
  /** Left over from an upload that was cut. */
  stale: string[];
  /** The synced directory itself is there. */
  exists: boolean;
}

/** More sizes than this are longer on the wire than the hashes they save. */
const mostSizes = 400;

/**
 * What is on the board below a directory: names, sizes, hashes where the size is one of `sizes`, free space, and what the
 * firmware can do. One exchange, in which the board prints a dot for every 64 kB that it hashes.
 */
export async function readRemoteTree(
  board: Board,
  root: string,
  sizes: ReadonlySet<number>,
  ask: AskOptions,
): Promise<RemoteTree> {
  const values = await askForTree(board, root, sizes, ask);
  const firmware = asFirmware(values[0]);
  if (firmware.directories && board.checksum === 'sum') {
    const message =
      'this firmware has directories and no hashlib: trees cannot be compared. A newer MicroPython has both';
    throw new DeviceError('DEVICE_UNSUPPORTED', message);
  }
  if (!firmware.directories) return readFlat(board, root, firmware, ask);
  const tree: RemoteTree = {
    firmware,
    space: Array.isArray(values[1]) ? spaceStats(values[1]) : undefined,
    ...{ files: new Map(), directories: new Set<string>(), stale: [], exists: values.length > 2 },
  };
  for (const value of values.slice(2)) addDirectory(tree, value);
  return tree;
}

/** @returns what the firmware can do; then, if it has directories and hashlib, space and lists of files. */
async function askForTree(
  board: Board,
  root: string,
  sizes: ReadonlySet<number>,
  ask: AskOptions,
): Promise<PythonValue[]> {
  const repeatable = { ...ask, repeatable: true };
  // A board without hashlib is a small one, and has no memory for the long question.
  const question = (): string => (board.checksum === 'sum' ? firmwareProbe : treeCode(root, sizes));
  try {
    return await board.ask(question, repeatable);
  } catch (error) {
    if (!(error instanceof PythonError && error.exception === 'MemoryError')) throw error;
    const values = await board.ask(firmwareProbe, repeatable);
    if (asFirmware(values[0]).directories) throw error;
    return values;
  }
}

function treeCode(root: string, sizes: ReadonlySet<number>): string {
  const base = root === '/' ? '' : root;
  const known = sizes.size > mostSizes ? 'None' : `{${[...sizes, -1].join(',')}}`;
  const above = [root, ...parentsOf(root).reverse(), '/'];
  return `${firmwareProbe}
Z=${known}
c=0
def v(p):
 global c
 s=hashlib.sha256()
 with open(p,'rb') as f:
  while 1:
   k=f.readinto(b)
   if not k:return int.from_bytes(s.digest()[:6],'big')
   s.update(m[:k]);c+=1
   if not c&63:print(end='.')
def y(r,o):
 d=[];l=[]
 for x in os.ilistdir(r or '/'):
  q=r+'/'+x[0]
  if x[1]&16384:d.append(x[0]);continue
  z=x[3] if len(x)>3 else os.stat(q)[6]
  l.append((x[0],z,v(q) if Z is None or z in Z else 0))
 e((o,d,l))
 for x in d:y(r+'/'+x,o+'/'+x if o else x)
if hasattr(os,'ilistdir'):
 b=bytearray(1024);m=memoryview(b)
 for p in (${above.map((path) => `${stringLiteral(path)},`).join('')}):
  try:x=os.statvfs(p)
  except OSError:x=0
  if x:break
 e(x)
 r=${stringLiteral(base)}
 try:k=os.stat(r or '/')
 except OSError:k=0
 if k:y(r,'')`;
}

function addDirectory(tree: RemoteTree, value: PythonValue): void {
  if (!Array.isArray(value) || value.length !== 3) {
    throw new DeviceError('DEVICE_RESULT', 'the board gave no list of its files');
  }
  const [directory, names, files] = value as [string, string[], [string, number, number][]];
  const inside = (name: string): string => (directory ? `${directory}/${name}` : name);
  for (const name of names) tree.directories.add(inside(name));
  for (const [name, size, digest] of files) {
    if (name === temporaryName) tree.stale.push(inside(name));
    else tree.files.set(inside(name), { size, digest: digest === 0 ? undefined : digest });
  }
}

/** Without directories, statvfs and hashlib: names and sizes, and a sum that Python computes. */
async function readFlat(
  board: Board,
  root: string,
  firmware: Firmware,
  ask: AskOptions,
): Promise<RemoteTree> {
  const empty = { firmware, space: undefined, directories: new Set<string>(), stale: [] };
  if (root !== '/') return { ...empty, files: new Map(), exists: false };
  const values = await board.ask('import os\nfor n in os.listdir():e((n,os.size(n)))', {
    ...ask,
    repeatable: true,
  });
  const files = new Map<string, RemoteFile>();
  for (const value of values) {
    const [name, size] = value as [string, number];
    const [sum] = await board.ask(sumOf(stringLiteral(name)), { ...ask, repeatable: true });
    files.set(name, { size, digest: Number(sum) });
  }
  return { ...empty, files, exists: true };
}
