import { toWasi } from './errno.ts';
import type { EmscriptenFs, FsNode, FsStream } from './emscripten.ts';
import type { Host } from './host.ts';

const directoryMode = 0o040777;
const fileMode = 0o100777;
/** O_ACCMODE of fcntl.h: 0 is read-only. */
const accessMode = 0o3;
/** Reads ask the main thread for this much at once: a program that hashes a file reads it in small pieces. */
const readAhead = 16 * 1024;

interface FlashStream extends FsStream {
  handle?: number;
  cache?: { readonly start: number; readonly bytes: Uint8Array };
  /** Where the last call found the end of the file; and the calls until then. */
  end?: { readonly position: number; readonly calls: number } | undefined;
}

interface Stat {
  readonly directory: boolean;
  readonly size: number;
  readonly modifiedMs: number;
}

/** Calls after which no folder is missing that was there before. */
const keepFolders = new Set([
  'fs.stat',
  'fs.open',
  'fs.read',
  'fs.close',
  'fs.size',
  'fs.readdir',
  'fs.write',
]);

/**
 * An Emscripten file system whose every operation is a syscall to the node's flash on the main thread. A syscall takes two
 * changes of threads, and most of what a node does at its boot is to look for modules: what Emscripten asks twice without
 * anything in between is asked once.
 */
export function flashFileSystem(fs: EmscriptenFs, host: Host): object {
  const folders = new Set<string>();
  let calls = 0;
  const call = (name: string, ...args: (string | number)[]): number => {
    if (host.calls !== calls || !keepFolders.has(name)) folders.clear();
    const status = host.call(name, ...args);
    ({ calls } = host);
    if (status < 0) throw new fs.ErrnoError(toWasi(-status));
    return status;
  };
  const pathOf = (node: FsNode): string => {
    const parts: string[] = [];
    for (let at = node; at.parent !== at; at = at.parent) parts.push(at.name);
    return `/${parts.reverse().join('/')}`;
  };
  const childPath = (parent: FsNode, name: string): string => {
    const path = pathOf(parent);
    return path === '/' ? `/${name}` : `${path}/${name}`;
  };
  const stat = (path: string): Stat => {
    call('fs.stat', path);
    return JSON.parse(host.text()) as Stat;
  };
  const createNode = (parent: FsNode | null, name: string, directory: boolean): FsNode => {
    const node = fs.createNode(parent, name, directory ? directoryMode : fileMode, 0);
    node.node_ops = nodeOps;
    node.stream_ops = streamOps;
    return node;
  };
  /** What the last look-up brought, and the calls until then. */
  let found: { readonly node: FsNode; readonly stat: Stat; readonly calls: number } | undefined;
  const created = new Set<FsNode>();
  const truncated = new Set<FsNode>();
  const isDirectory = (mode: number): boolean => (mode & 0o170000) === 0o040000;

  const nodeOps = {
    getattr(node: FsNode): object {
      const isFresh = found?.node === node && found.calls === host.calls;
      const { directory, size, modifiedMs } = isFresh && found ? found.stat : stat(pathOf(node));
      found = undefined;
      const at = new Date(modifiedMs);
      const mode = directory ? directoryMode : fileMode;
      const blocks = Math.ceil(size / 512);
      return {
        dev: 1,
        ino: node.id,
        mode,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        size,
        atime: at,
        mtime: at,
        ctime: at,
        blksize: 4096,
        blocks,
      };
    },
    setattr(node: FsNode, attributes: { size?: number }): void {
      // MicroPython truncates only by opening with 'w'; like LittleFS the flash then keeps the old bytes until the close.
      if (attributes.size === 0) truncated.add(node);
    },
    lookup(parent: FsNode, name: string): FsNode {
      const path = childPath(parent, name);
      // On the way to what is asked for; about itself `getattr` asks.
      if (host.calls === calls && folders.has(path)) return createNode(parent, name, true);
      const status = stat(path);
      if (status.directory) folders.add(path);
      const node = createNode(parent, name, status.directory);
      found = { node, stat: status, calls };
      return node;
    },
    mknod(parent: FsNode, name: string, mode: number): FsNode {
      const node = createNode(parent, name, isDirectory(mode));
      // Emscripten makes a file's node while it opens it: `open` below creates the file, in one operation.
      if (isDirectory(mode)) call('fs.mkdir', childPath(parent, name));
      else created.add(node);
      return node;
    },
    rename(node: FsNode, newParent: FsNode, newName: string): void {
      call('fs.rename', pathOf(node), childPath(newParent, newName));
      // Newer Emscriptens set the parent themselves, after this.
      node.name = newName;
      node.parent = newParent;
    },
    unlink(parent: FsNode, name: string): void {
      call('fs.remove', childPath(parent, name));
    },
    rmdir(parent: FsNode, name: string): void {
      call('fs.rmdir', childPath(parent, name));
    },
    readdir(node: FsNode): string[] {
      call('fs.readdir', pathOf(node));
      return ['.', '..', ...(JSON.parse(host.text()) as string[])];
    },
  };

  const read = (stream: FlashStream, target: Uint8Array, position: number): number => {
    const { cache, end } = stream;
    if (end?.position === position && end.calls === host.calls) {
      stream.end = undefined;
      return 0;
    }
    if (!cache || position < cache.start || position >= cache.start + cache.bytes.length) {
      const wanted = Math.min(Math.max(readAhead, target.length), host.scratch.length);
      call('fs.read', stream.handle ?? -1, position, wanted);
      const bytes = host.bytes();
      stream.cache = { start: position, bytes };
      if (bytes.length > 0 && bytes.length < wanted)
        stream.end = { position: position + bytes.length, calls };
    }
    const { start, bytes } = stream.cache ?? { start: position, bytes: new Uint8Array() };
    const piece = bytes.subarray(position - start, position - start + target.length);
    target.set(piece);
    return piece.length;
  };

  const streamOps = {
    open(stream: FlashStream): void {
      if (isDirectory(stream.node.mode)) return;
      const mode =
        (stream.flags & accessMode ? 'w' : 'r') +
        (created.delete(stream.node) ? 'c' : '') +
        (truncated.delete(stream.node) ? 't' : '');
      stream.handle = call('fs.open', pathOf(stream.node), mode);
    },
    close(stream: FlashStream): void {
      if (stream.handle !== undefined) call('fs.close', stream.handle);
    },
    fsync(stream: FlashStream): number {
      if (stream.handle !== undefined) call('fs.sync', stream.handle);
      return 0;
    },
    read(stream: FlashStream, buffer: Uint8Array, offset: number, length: number, position: number): number {
      let done = 0;
      while (done < length) {
        const target = new Uint8Array(buffer.buffer, buffer.byteOffset + offset + done, length - done);
        const count = read(stream, target, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    write(stream: FlashStream, buffer: Uint8Array, offset: number, length: number, position: number): number {
      delete stream.cache;
      let done = 0;
      while (done < length) {
        const piece = Math.min(length - done, host.scratch.length);
        const from = buffer.byteOffset + offset + done;
        host.scratch.set(new Uint8Array(buffer.buffer, from, piece));
        const count = call('fs.write', stream.handle ?? -1, position + done, piece);
        done += count;
        if (count < piece) break;
      }
      return done;
    },
    llseek(stream: FlashStream, offset: number, whence: number): number {
      let position = offset;
      if (whence === 1) position += stream.position;
      else if (whence === 2) position += call('fs.size', stream.handle ?? -1);
      if (position < 0) throw new fs.ErrnoError(toWasi(22));
      return position;
    },
  };

  // Emscripten remembers nodes by name. The flash is also changed from outside, and a rename over a file leaves the old
  // file's node behind: every look-up asks the flash instead.
  const remember = fs.hashAddNode.bind(fs);
  fs.hashAddNode = (node) => {
    if (node.node_ops !== nodeOps && node.parent.node_ops !== nodeOps) remember(node);
  };

  return { mount: () => createNode(null, '/', true), node_ops: nodeOps, stream_ops: streamOps };
}
