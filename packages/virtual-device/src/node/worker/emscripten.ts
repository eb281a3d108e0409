/** The few parts of Emscripten's file system and of MicroPython's JavaScript interface that the worker uses. */
export interface FsNode {
  name: string;
  parent: FsNode;
  mount: { opts: unknown };
  id: number;
  mode: number;
  node_ops: unknown;
  stream_ops: unknown;
}

export interface FsStream {
  node: FsNode;
  flags: number;
  position: number;
}

export interface EmscriptenFs {
  createNode(parent: FsNode | null, name: string, mode: number, rdev: number): FsNode;
  mkdir(path: string): void;
  mount(type: unknown, options: object, mountPoint: string): void;
  writeFile(path: string, data: string): void;
  /** Called by createNode and rename. */
  hashAddNode(node: FsNode): void;
  readonly ErrnoError: new (errno: number) => Error;
}

/** Exports of the wasm module, wrapped by Emscripten; `ccall` takes numbers as they are. */
export interface MicroPythonModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  _mp_sched_keyboard_interrupt(): void;
  ccall(name: string, returns: string, types: readonly string[], args: readonly unknown[]): number;
}

export interface MicroPythonInstance {
  readonly _module: MicroPythonModule;
  readonly FS: EmscriptenFs;
  registerJsModule(name: string, module: object): void;
  replInit(): void;
  replProcessChar(char: number): number;
}

export interface LoadOptions {
  heapsize: number;
  linebuffer: false;
  stdout: (bytes: Uint8Array) => void;
  stderr: (bytes: Uint8Array) => void;
}

export interface MicroPythonLoader {
  loadMicroPython(options: LoadOptions): Promise<MicroPythonInstance>;
}
