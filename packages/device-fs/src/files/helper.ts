import { garbledMark } from '../python/sealed.ts';

/** The name under which files are collected, one in each directory. A stale one is from an upload that was cut. */
export const temporaryName = '.ota~';

/** Raised on the board where the flash holds other bytes than were written. */
export const verifyMark = 'ota-verify';

/**
 * Python that takes bundles (see bundle.ts) on boards that can rename. It checks the payload before it does anything,
 * collects each file under a temporary name, reads back what is on the flash, and renames. Where a bundle comes again
 * (`r`), the end of a file that has its name already is passed over: what it was to be put behind is no longer there.
 * Where memory does not do, what is collected stays, for smaller bundles. A dot for every 64 kB shows that reading goes on.
 */
export const bundleHelper = `import os,io
def w(p,h,b,w):
 if b:
  import binascii
  p=binascii.a2b_base64(p)
 if hashlib.sha256(p).digest()[:8]!=h:raise ValueError('${garbledMark}')
 d=io.BytesIO(p)
 if w:
  import deflate
  d=deflate.DeflateIO(d,deflate.RAW,w)
 a=bytearray(1024);v=memoryview(a)
 def y(n):
  s=hashlib.sha256();c=0
  with open(n,'rb') as q:
   while 1:
    n=q.readinto(a)
    if not n:return int.from_bytes(s.digest()[:6],'big')
    s.update(v[:n]);c+=1
    if not c&63:print(end='.')
 m,l,r=eval(d.readline())
 for f in m:
  try:os.mkdir(f)
  except OSError as x:
   if x.args[0]!=17 or not os.stat(f)[0]&16384:raise x
 for f,o,z,g in l:
  t=f[:f.rfind('/')+1]+'${temporaryName}'
  k=0
  if r and o and g is not None:
   try:k=y(f)==g
   except OSError:pass
  try:
   with open(f if k else t,'rb' if k else 'r+b' if o else 'wb') as q:
    if o:q.seek(o)
    while z:
     n=d.readinto(v[:min(z,1024)])
     if not n:raise ValueError('${garbledMark}')
     if not k:q.write(v[:n])
     z-=n
   if not k and g is not None:
    if y(t)!=g:raise ValueError('${verifyMark}')
    try:os.rename(t,f)
    except OSError as x:
     if x.args[0]!=17:raise x
     os.remove(f);os.rename(t,f)
  except MemoryError:raise
  except Exception as x:
   try:os.remove(t)
   except OSError:pass
   raise x
`;
