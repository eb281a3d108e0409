import { makeParents } from './flash-names.ts';
import type { FlashStore } from './flash-store.ts';
import type { FlashImage } from './flash-types.ts';
import { walk } from './flash-walk.ts';

export function captureImage(store: FlashStore): FlashImage {
  const image: FlashImage = { files: new Map(), directories: [] };
  for (const { path, type } of walk(store, '/')) {
    if (type === 'directory') image.directories.push(path);
    else image.files.set(path, new Uint8Array(store.read(path)));
  }
  return image;
}

export function replaceAll(store: FlashStore, image: FlashImage): void {
  removeAll(store, '/');
  for (const path of image.directories) {
    makeParents(store, path);
    if (store.kind(path) === undefined) store.makeDirectory(path);
  }
  for (const [path, bytes] of image.files) {
    makeParents(store, path);
    store.replace(path, bytes);
  }
}

/** Removes a file or a directory with all that is in it; of the root, only what is in it. */
export function removeAll(store: FlashStore, path: string): void {
  if (store.kind(path) === 'file') {
    store.removeFile(path);
    return;
  }
  for (const entry of [...walk(store, path)].reverse()) {
    if (entry.type === 'file') store.removeFile(entry.path);
    else store.removeDirectory(entry.path);
  }
  if (path !== '/') store.removeDirectory(path);
}
