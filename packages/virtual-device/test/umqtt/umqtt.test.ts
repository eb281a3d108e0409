import { describe, expect, it } from 'vitest';
import { runPython } from './micropython.ts';

const interpreters = [
  '@micropython/micropython-webassembly-pyscript',
  'micropython-1.23.0',
  'micropython-1.25.0',
  'micropython-1.29.0-6',
];

/** Bytes as Python's `bytes.hex` prints them: numbers are bytes, strings are text behind a 16-bit length. */
function wire(...parts: (number | string)[]): string {
  const encoded = parts.map((part) => {
    if (typeof part === 'number') return Buffer.from([part]);
    const text = Buffer.from(part);
    return Buffer.concat([Buffer.from([text.length >> 8, text.length & 255]), text]);
  });
  return Buffer.concat(encoded).toString('hex');
}

const simple = `
from umqtt.simple import MQTTClient, MQTTException
CONNACK = b"\\x20\\x02\\x00\\x00"
def client(*args, **kwargs):
    c = MQTTClient("node", "broker.test", *args, **kwargs)
    c.set_callback(lambda topic, msg: print(topic, msg))
    Socket.inbox.append(CONNACK)
    c.connect()
    Socket.sent[:] = b""
    Socket.calls[:] = []
    return c
def sent():
    print(Socket.sent.hex())
    Socket.sent[:] = b""
`;

describe.each(interpreters)('umqtt.simple on %s', (interpreter) => {
  const run = (source: string): Promise<string[]> => runPython(interpreter, simple + source);

  it('connects as a plain client', async () => {
    const lines = await run(`
c = MQTTClient("node", "broker.test")
Socket.inbox.append(CONNACK)
print(c.connect(), c.port, c.keepalive, c.sock is not None)
print(Socket.calls)
sent()
`);

    expect(lines).toEqual([
      '0 1883 0 True',
      "['socket', 'settimeout None', 'connect 10.0.0.1:1883']",
      wire(0x10, 16, 'MQTT', 4, 2, 0, 0, 'node'),
    ]);
  });

  it('connects with user, password, keepalive and last will, resuming a session', async () => {
    const lines = await run(`
c = MQTTClient(b"node", "10.0.0.9", 1884, b"me", "pass", 300)
c.set_last_will("state", b"gone", retain=True, qos=1)
print(c.lw_topic, c.lw_msg, c.lw_retain, c.lw_qos, c.user, c.pswd)
Socket.inbox.append(b"\\x20\\x02\\x01\\x00")
print(c.connect(False, timeout=5))
print(Socket.calls)
sent()
`);

    expect(lines).toEqual([
      "state b'gone' True 1 b'me' pass",
      '1',
      "['socket', 'settimeout 5', 'connect 10.0.0.9:1884']",
      wire(0x10, 39, 'MQTT', 4, 0xec, 1, 44, 'node', 'state', 'gone', 'me', 'pass'),
    ]);
  });

  it('closes the socket it had before it connects again', async () => {
    const lines = await run(`
c = client()
Socket.inbox.append(CONNACK)
c.connect()
print(Socket.calls[:2])
`);

    expect(lines).toEqual(["['close', 'socket']"]);
  });

  it('wraps the socket for TLS, in a context that checks the name or in the older way', async () => {
    const lines = await run(`
class ssl:
    @staticmethod
    def wrap_socket(sock, **params):
        print("old", params)
        return sock
sys.modules["ssl"] = ssl
class Context:
    def wrap_socket(self, sock, server_hostname):
        print("context", server_hostname)
        return sock
for way in (Context(), True, False, None):
    c = MQTTClient("node", "broker.test", ssl=way, ssl_params={"server_hostname": "x"})
    Socket.inbox.append(CONNACK)
    c.connect()
    print(c.port)
`);

    expect(lines).toEqual([
      'context broker.test',
      '8883',
      "old {'server_hostname': 'x'}",
      '8883',
      '1883',
      '1883',
    ]);
  });

  it('raises the code of a refusal', async () => {
    const lines = await run(`
c = MQTTClient("node", "broker.test")
Socket.inbox.append(b"\\x20\\x02\\x00\\x05")
try:
    c.connect()
except MQTTException as e:
    print(e.args, isinstance(e, OSError))
`);

    expect(lines).toEqual(['(5,) False']);
  });

  it('publishes without and with retain, text and bytes', async () => {
    const lines = await run(`
c = client()
c.publish("a/b", "on")
sent()
c.publish(b"a/b", b"on", True)
sent()
print(c.pid)
`);

    const body = wire('a/b') + Buffer.from('on').toString('hex');
    expect(lines).toEqual([wire(0x30, 7) + body, wire(0x31, 7) + body, '0']);
  });

  it('waits for the acknowledgement of QoS 1, and hands on what comes in between', async () => {
    const lines = await run(`
c = client()
Socket.inbox += [b"\\xd0\\x00", b"\\x40\\x02\\x00\\x09", b"\\x30\\x04\\x00\\x01tm", b"\\x40\\x02\\x00\\x01", b"rest"]
c.publish("t", "m", qos=1)
sent()
print(c.pid, Socket.inbox)
`);

    expect(lines).toEqual(["b't' b'm'", wire(0x32, 6, 't', 0, 1) + '6d', "1 [b'rest']"]);
  });

  it('keeps packet ids within 16 bits and above 0', async () => {
    const lines = await run(`
c = client()
c.pid = 65535
Socket.inbox.append(b"\\x40\\x02\\x00\\x01")
c.publish("t", "m", qos=1)
print(c.pid)
`);

    expect(lines).toEqual(['1']);
  });

  it('encodes and decodes lengths of several bytes', async () => {
    const lines = await run(`
c = client()
for size in (124, 125, 16380, 16381):
    c.publish("t", b"x" * size)
    print(Socket.sent[:4].hex(), len(Socket.sent))
    Socket.sent[:] = b""
c.set_callback(lambda topic, msg: print(len(msg)))
Socket.inbox += [b"\\x30\\x80\\x80\\x01\\x00", b"\\x01t" + b"x" * 16381]
print(c.wait_msg())
`);

    expect(lines).toEqual([
      '307f0001 129',
      '30800100 131',
      '30ff7f00 16386',
      '30808001 16388',
      '16381',
      '48',
    ]);
  });

  it('subscribes and waits for the acknowledgement', async () => {
    const lines = await run(`
c = client()
Socket.inbox.append(b"\\x90\\x03\\x00\\x01\\x01")
c.subscribe("cmd/#", 1)
sent()
Socket.inbox.append(b"\\x90\\x03\\x00\\x02\\x80")
try:
    c.subscribe(b"cmd/+")
except MQTTException as e:
    print(e.args[0])
sent()
`);

    expect(lines).toEqual([wire(0x82, 10, 0, 1, 'cmd/#', 1), '128', wire(0x82, 10, 0, 2, 'cmd/+', 0)]);
  });

  it('does not subscribe without a callback, and knows no QoS 2', async () => {
    const lines = await run(`
c = client()
def fails(f):
    try:
        f()
    except AssertionError:
        print("AssertionError", len(Socket.sent))
c.set_callback(None)
fails(lambda: c.subscribe("t"))
fails(lambda: c.publish("t", "m", qos=2))
fails(lambda: c.set_last_will("", "m"))
`);

    expect(lines).toEqual(['AssertionError 0', 'AssertionError 0', 'AssertionError 0']);
  });

  it('acknowledges a message of QoS 1 after the callback has had it', async () => {
    const lines = await run(`
c = client()
c.set_callback(lambda topic, msg: print(topic, msg, len(Socket.sent)))
Socket.inbox.append(b"\\x32\\x06\\x00\\x01t\\x12\\x34m")
print(c.wait_msg())
sent()
`);

    expect(lines).toEqual(["b't' b'm' 0", '50', wire(0x40, 2, 0x12, 0x34)]);
  });

  it('pings and says goodbye', async () => {
    const lines = await run(`
c = client()
c.ping()
Socket.inbox.append(b"\\xd0\\x00")
print(c.wait_msg())
c.disconnect()
sent()
print(Socket.calls)
`);

    expect(lines).toEqual(['None', wire(0xc0, 0, 0xe0, 0), "['setblocking True', 'close']"]);
  });

  it('looks for a message without waiting, and then blocks again', async () => {
    const lines = await run(`
c = client()
print(c.check_msg(), Socket.calls)
Socket.inbox.append(b"\\x30\\x04\\x00\\x01tm")
print(c.check_msg())
`);

    expect(lines).toEqual(["None ['setblocking False', 'setblocking True']", "b't' b'm'", '48']);
  });

  it('raises OSError(-1) where the broker has closed the connection', async () => {
    const lines = await run(`
c = client()
try:
    c.wait_msg()
except OSError as e:
    print(e.args)
`);

    expect(lines).toEqual(['(-1,)']);
  });
});

const robust = `
import time
from umqtt import simple
from umqtt.robust import MQTTClient
CONNACK = b"\\x20\\x02\\x00\\x00"
class Quick(MQTTClient):
    DEBUG = True
    def delay(self, i):
        print("delay", i)
c = Quick("node", "broker.test")
c.set_callback(lambda topic, msg: print(topic, msg))
Socket.inbox.append(CONNACK)
c.connect()
Socket.calls[:] = []
Socket.sent[:] = b""
`;

describe.each(interpreters)('umqtt.robust on %s', (interpreter) => {
  const run = (source: string): Promise<string[]> => runPython(interpreter, robust + source);

  it('is a umqtt.simple client that waits 2 s between attempts', async () => {
    const lines = await run(`
slept = []
class Time:
    sleep = slept.append
sys.modules["umqtt.robust"].time = Time
quiet = MQTTClient("node", "broker.test")
quiet.delay(7)
quiet.log(False, OSError(5))
print(isinstance(quiet, simple.MQTTClient), MQTTClient.DELAY, MQTTClient.DEBUG, slept)
`);

    expect(lines).toEqual(['True 2 False [2]']);
  });

  it('connects again, as often as it takes, when a wait finds the connection lost', async () => {
    const lines = await run(`
Socket.inbox += [OSError(104), "refuse", "refuse", CONNACK, b"\\x30\\x04\\x00\\x01tm"]
print(c.wait_msg())
print(Socket.sent[9])
`);

    expect(lines).toEqual([
      'mqtt: OSError(104,)',
      'mqtt reconnect: OSError(111,)',
      'delay 1',
      'mqtt reconnect: OSError(111,)',
      'delay 2',
      "b't' b'm'",
      '48',
      '0', // no clean session: the broker still has the subscriptions
    ]);
  });

  it('publishes again on the new connection', async () => {
    const lines = await run(`
Socket.inbox += [OSError(104), CONNACK, b"\\x40\\x02\\x00\\x01"]
c.publish("t", "m", qos=1)
print(bytes(Socket.sent).count(b"\\x00\\x01t\\x00"))
`);

    // The acknowledgement is awaited inside publish by the wait that reconnects, so the message is sent once.
    expect(lines).toEqual(['mqtt: OSError(104,)', '1']);
  });

  it('sends a message again whose writing failed', async () => {
    const lines = await run(`
write = Socket.write
def broken(self, data):
    Socket.write = write
    raise OSError(32)
Socket.write = broken
Socket.inbox.append(CONNACK)
c.publish("t", "m")
print(bytes(Socket.sent).count(b"\\x30\\x04\\x00\\x01tm"))
`);

    expect(lines).toEqual(['mqtt: OSError(32,)', '1']);
  });

  it('looks for a message on the old connection and one new one, then gives up', async () => {
    const lines = await run(`
Socket.inbox += [OSError(104), CONNACK, OSError(104), CONNACK, b"never looked at"]
print(c.check_msg())
print(Socket.inbox)
print(Socket.calls.count("setblocking False"))
`);

    expect(lines).toEqual([
      'mqtt: OSError(104,)',
      'mqtt: OSError(104,)',
      'None',
      "[b'never looked at']",
      '2',
    ]);
  });

  it('does not hide that the broker refuses it', async () => {
    const lines = await run(`
Socket.inbox += [OSError(104), b"\\x20\\x02\\x00\\x05"]
try:
    c.wait_msg()
except simple.MQTTException as e:
    print(e.args[0])
`);

    expect(lines).toEqual(['mqtt: OSError(104,)', '5']);
  });
});
