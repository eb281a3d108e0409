import { stringLiteral } from '../python/literal.ts';

const quote = stringLiteral;

/** A part of a file, in bytes. */
export interface FileRange {
  offset: number;
  length: number;
}

export const wholeFile: FileRange = { offset: 0, length: Infinity };

/** Python for the verbs. Each reports by `e(value)`; see sealed.ts. What a large file holds up prints a dot now and then. */
export const snippets = {
  /** Where `os` has no stat there are no directories but the root. */
  stat: (path: string) => `import os,time
p=${quote(path)}
try:x=os.stat(p)
except AttributeError:x=(16384 if p=='/' else 32768,0,0,0,0,0,0 if p=='/' else os.size(p),0,0,0)
e(x)
try:e(time.gmtime(0)[0])
except Exception:e(0)`,

  list: (path: string) => `import os
p=${quote(path)}
try:l=os.ilistdir(p)
except AttributeError:
 if p!='/':raise OSError(20 if p in os.listdir() else 2)
 l=[(n,32768,0,os.size(n)) for n in os.listdir()]
for x in l:e((x[0],x[1],x[3] if len(x)>3 else os.stat(p+'/'+x[0])[6]))`,

  statvfs: (path: string) => `import os
e(os.statvfs(${quote(path)}))`,

  mkdir: (paths: readonly string[], recursive: boolean) => `import os
for p in (${paths.map((path) => `${quote(path)},`).join('')}):
 try:os.mkdir(p)
 except OSError as x:
  if ${recursive ? 'x.args[0]!=17 or not os.stat(p)[0]&16384' : '1'}:raise x`,

  /** LittleFS and FAT both have `remove` for files and `rmdir` for empty directories. */
  remove: (paths: readonly string[], options: { recursive: boolean; force: boolean }) => `import os
def k(p):
 try:d=os.stat(p)[0]&16384
 except AttributeError:
  d=0
  if ${options.force ? '1' : '0'} and not p in os.listdir():return
 except OSError as x:
  if ${options.force ? 'x.args[0]==2' : '0'}:return
  raise x
 if d:
  if ${options.recursive ? '0' : '1'}:raise OSError(21)
  for x in [x[0] for x in os.ilistdir(p)]:k(p+'/'+x)
  os.rmdir(p)
 else:os.remove(p)
for p in (${paths.map((path) => `${quote(path)},`).join('')}):k(p)`,

  rmdir: (path: string) => `import os
p=${quote(path)}
if not os.stat(p)[0]&16384:raise OSError(20)
for x in os.ilistdir(p):raise OSError(39)
os.rmdir(p)`,

  rename: (from: string, to: string) => `import os
os.rename(${quote(from)},${quote(to)})`,

  copy: (from: string, to: string, temporary: string) => `import os
b=bytearray(1024)
m=memoryview(b)
c=0
def w(n):
 global c
 c+=1
 if not c%n:print(end='.')
def y(n):
 s=hashlib.sha256()
 with open(n,'rb') as f:
  while 1:
   k=f.readinto(b)
   if not k:return s.digest()
   s.update(m[:k]);w(64)
t=${quote(temporary)}
try:
 with open(${quote(from)},'rb') as f:
  with open(t,'wb') as g:
   while 1:
    k=f.readinto(b)
    if not k:break
    g.write(m[:k]);w(8)
 if y(t)!=y(${quote(from)}):raise ValueError('ota-verify')
 os.rename(t,${quote(to)})
except Exception as x:
 try:os.remove(t)
 except OSError:pass
 raise x`,

  sha256: (path: string) => `b=bytearray(1024)
m=memoryview(b)
s=hashlib.sha256()
c=0
with open(${quote(path)},'rb') as f:
 while 1:
  k=f.readinto(b)
  if not k:break
  s.update(m[:k]);c+=1
  if not c&63:print(end='.')
e(s.digest())`,

  append: (
    path: string,
    offset: number,
    literal: string,
  ) => `with open(${quote(path)},'${offset > 0 ? 'r+b' : 'wb'}') as f:
 ${offset > 0 ? `f.seek(${offset})` : 'pass'}
 f.write(${literal})`,

  /** For firmware without sys.stdout.buffer. A board that cannot seek reads all of it, and is not asked for less. */
  readRepr: (path: string, { offset, length }: FileRange = wholeFile) => `f=open(${quote(path)},'rb')
${offset > 0 ? `f.seek(${offset})\n` : ''}z=${length === Infinity ? '1<<29' : length}
while z:
 b=f.read(min(z,64))
 if not b:break
 e(b)
 z-=len(b)
f.close()`,

  /**
   * Ctrl-D ends an answer, and U+000E starts a request of a mounted directory: they travel as two bytes, and so does the byte
   * that says so. What follows U+0010 E is text.
   */
  readRaw: (path: string, { offset, length }: FileRange = wholeFile) => `import sys
w=sys.stdout.buffer.write
with open(${quote(path)},'rb') as f:
${offset > 0 ? ` f.seek(${offset})\n` : ''} z=${length === Infinity ? '1<<29' : length}
 while z:
  b=f.read(min(z,512))
  if not b:break
  z-=len(b)
  h.update(b);w(b.replace(b'\\x10',b'\\x10P').replace(b'\\x04',b'\\x10D').replace(b'\\x0e',b'\\x10N'))
w(b'\\x10E')`,
};
