import { describe, expect, it } from 'vitest';
import { python, startNode, versions } from './helpers.ts';

describe.each(versions)('the modules of MicroPython %s', (micropython) => {
  it('has those of an ESP32, under old names too', async () => {
    const node = await startNode({ micropython });
    const output = await python(
      node,
      `
import binascii, gc, hashlib, io, json, math, os, re, struct, sys, time
import machine, network, socket, ssl, select, errno, esp32, ntptime, micropython, uctypes
import ubinascii, uhashlib, umachine, uio, ujson, uos, ure, ustruct, utime, usocket, uselect, uerrno
from machine import *
from umqtt.simple import MQTTClient, MQTTException
from umqtt.robust import MQTTClient as Robust
print(umachine is machine, uos is os, utime is time, usocket is socket, issubclass(Robust, MQTTClient))
print(sys.platform, os.uname().machine if hasattr(os.uname(), 'machine') else os.uname()[4])`,
    );
    expect(output).toBe('True True True True True\nesp32 Generic ESP32 module with ESP32\n');
  });

  it('hashes, and tells the time, as an ESP32 does', async () => {
    const node = await startNode({ micropython });
    const output = await python(
      node,
      `
import binascii, errno, hashlib, time
for name in ('md5', 'sha1', 'sha256'):
    h = getattr(hashlib, name)(b'a')
    h.update(memoryview(bytearray(b'xbcx'))[1:3])
    print(binascii.hexlify(h.digest()).decode()[:12])
print(time.gmtime(0), time.mktime((2026, 1, 2, 3, 4, 5, 0, 0)), errno.errorcode[errno.ETIMEDOUT])`,
    );
    expect(output).toBe(
      '900150983cd2\na9993e364706\nba7816bf8f01\n(2000, 1, 1, 0, 0, 0, 5, 1) 820638245 ETIMEDOUT\n',
    );
  });
});
