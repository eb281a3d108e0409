import { stringLiteral } from '../python/literal.ts';

/** Between these two bytes the board asks the host for something; what else it prints is output. */
export const requestStart = 0x0e;
export const requestEnd = 0x0f;

/** An answer has four digits of length and so much base64 at most: 256 bytes, which a board's receive buffer holds. */
export const mostAnswer = 252;
export const mostPiece = (mostAnswer / 4) * 3 - 3;

/** Python for a read-only file system whose files are with the host. An answer is an error number, then what was asked for. */
export function mountCode(mountPoint: string): string {
  return `import os,sys,io,binascii
def q(*a):
 sys.stdout.write('\\x0e%r\\x0f'%(a,))
 n=int(sys.stdin.read(4))
 r=binascii.a2b_base64(sys.stdin.read(n).encode())
 if r[0]:raise OSError(r[0])
 return r[1:]
class F(io.IOBase):
 def __init__(s,p,t):
  s.p=p;s.t=t;s.o=0;s.b=b''
 def f(s):
  if not s.b:
   s.b=q('read',s.p,s.o)
   s.o+=len(s.b)
  return s.b
 def readinto(s,b):
  n=0
  while n<len(b) and s.f():
   k=min(len(b)-n,len(s.b))
   b[n:n+k]=s.b[:k]
   s.b=s.b[k:];n+=k
  return n
 def read(s,n=-1):
  r=b''
  while (n<0 or len(r)<n) and s.f():
   k=len(s.b) if n<0 else min(n-len(r),len(s.b))
   r+=s.b[:k];s.b=s.b[k:]
  return r.decode() if s.t else r
 def readline(s,n=-1):
  r=b''
  while s.f():
   k=s.b.find(b'\\n')+1 or len(s.b)
   r+=s.b[:k];s.b=s.b[k:]
   if r[-1]==10:break
  return r.decode() if s.t else r
 def __iter__(s):return s
 def __next__(s):
  r=s.readline()
  if not r:raise StopIteration
  return r
 def __enter__(s):return s
 def __exit__(s,a,b,c):pass
 def close(s):pass
 def ioctl(s,r,a):return 0 if r==4 else -1
class V:
 def __init__(s):s.d='/'
 def x(s,p):return p if p[:1]=='/' else s.d+p
 def mount(s,r,m):pass
 def umount(s):pass
 def chdir(s,p):
  p=s.x(p)
  if not s.stat(p)[0]&16384:raise OSError(20)
  s.d=p if p[-1]=='/' else p+'/'
 def getcwd(s):return s.d
 def stat(s,p):
  r=q('stat',s.x(p))
  return (16384 if r[0] else 32768,0,0,0,0,0,int.from_bytes(r[1:],'big'),0,0,0)
 def ilistdir(s,p):
  i=0
  while 1:
   r=q('list',s.x(p),i)
   if not r:return
   yield (r[1:].decode(),16384 if r[0] else 32768,0,0)
   i+=1
 def open(s,p,m):
  if 'r' not in m or '+' in m:raise OSError(30)
  p=s.x(p)
  if s.stat(p)[0]&16384:raise OSError(21)
  return F(p,'b' not in m)
m=${stringLiteral(mountPoint)}
os.mount(V(),m)
if m not in sys.path:sys.path.insert(1,m)
if m+'/lib' not in sys.path:sys.path.insert(2,m+'/lib')`;
}

/** Reports whether all is there that {@link mountCode} needs. */
export const mountProbe = `try:
 import os,io,binascii
 e(hasattr(os,'mount') and hasattr(io,'IOBase') and hasattr(binascii,'a2b_base64'))
except ImportError:e(False)`;

/** No error where a reset of the board has unmounted it. */
export function unmountCode(mountPoint: string): string {
  const name = stringLiteral(mountPoint);
  return `import os,sys
os.chdir('/')
try:os.umount(${name})
except OSError as x:
 if x.args[0]!=22:raise x
for p in (${name},${stringLiteral(`${mountPoint}/lib`)}):
 if p in sys.path:sys.path.remove(p)`;
}
