"""The MQTT side of a node: the gate at boot, the application's helpers, and noticing a loss.

Every helper, and every feeding of the watchdog, also looks after the connection: it reads what
has arrived, asks the broker for a sign of life when it was silent, and calls `on_lost` when the
connection is gone. Messages for the application wait until it asks for them. Nothing here blocks
for longer than `timeout` seconds of silence.
"""

import json
import random
import struct
import time

from micropython import const

from ota.errors import OtaError
from ota.stream import Stream

_TICK_MS = const(500)
_PENDING = const(8)
_LONGEST = const(4096)
_MESSAGE = const(0x30)
_EBUSY = const(16)
_ETIMEDOUT = const(116)
_ECONNRESET = const(104)
_REASONS = {
    2: "it does not like the node's name",
    4: "mqtt_user or mqtt_password is wrong",
    5: "mqtt_user or mqtt_password is wrong",
}


class BrokerError(OtaError):
    """The broker was not reached in time."""


def _bytes(data):
    if isinstance(data, str):
        return data.encode()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError("what is published must be str or bytes, not " + type(data).__name__)
    return data


def _text(data):
    return struct.pack("!H", len(data)) + data


def _head(kind, size):
    head = bytearray((kind,))
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return head


class Broker:
    """A connection that is never repaired: when it is lost the node starts again."""

    def __init__(self, name, values, timeout, dog, log):
        self.on_lost = None
        # Commands and the target, as (topic, text, whether it was retained).
        self.orders = []
        self._name = name
        self._values = values
        self._timeout = timeout
        self._silence_ms = values["mqtt_keepalive"] * 500
        self._dog = dog
        self._log = log
        self._own = self._topic("ota/")
        self._stream = None
        self._callback = None
        self._pending = []
        # Whether a packet is being read or written: nothing else can be said meanwhile.
        self.busy = False
        self._up = self._asked = False
        self._heard = self._ticked = 0

    def connect(self):
        """Wait for the broker, asking again and again; gives up after `mqtt_wait` seconds.

        Returns whether it was there at once.
        """
        start = time.ticks_ms()
        tries = 1
        while True:
            try:
                self._open()
                break
            except (OtaError, OSError) as error:
                if self._stream is not None:
                    self._stream.close()
                text = "broker %s:%d: " % (self._values["mqtt_ip"], self._values["mqtt_port"])
                text += str(error) if isinstance(error, OtaError) else repr(error)
                if time.ticks_diff(time.ticks_ms(), start) > self._values["mqtt_wait"] * 1000:
                    raise BrokerError(text)
                self._log("waiting for the", text)
            # Between one and two seconds, so that nodes do not ask all at once.
            self._dog.wait(1000 + random.getrandbits(10))
            tries += 1
        self._heard = self._ticked = time.ticks_ms()
        self._up = True
        return tries == 1

    def listen(self):
        """Subscribe to what is said to this node, and wait until the retained part has come."""
        for topic in ("target/" + self._name, "cmd/" + self._name, "cmd/all"):
            self._call(self._subscribe, _bytes("ota/" + topic))
        self._call(self._ask)
        start = time.ticks_ms()
        while self._asked and time.ticks_diff(time.ticks_ms(), start) < _TICK_MS:
            self._dog.feed()
            self._stream.ready(100)
            self._call(self._look_after)
        self._dog.wait(100)

    def publish(self, tag, data, retain=False):
        """Publish below the node's name."""
        self._call(self._publish, self._topic(tag), _bytes(data), retain)

    def ping(self):
        """Ask the broker for a sign of life."""
        self._call(self._ask)

    def subscribe(self, callback):
        """Have `callback(topic, message)` called for what others publish below the node's name."""
        self._callback = callback
        self._call(self._subscribe, self._topic("#"))

    def check(self):
        """Hand the next message that has arrived, if any, to the application's callback."""
        self._call(self._look_after)
        if not self._pending or self._callback is None:
            return None
        topic, message = self._pending.pop(0)
        self._callback(topic, message)
        return _MESSAGE

    def tick(self):
        """Look after the connection now and then; cheap enough for any loop."""
        if not self._up or self.busy:
            return
        if time.ticks_diff(time.ticks_ms(), self._ticked) >= _TICK_MS:
            self._call(self._look_after)

    def _topic(self, tag):
        return _bytes(self._name + "/" + tag)

    def _open(self):
        values = self._values
        self._stream = None
        stream = self._stream = Stream(
            values["mqtt_ip"],
            values["mqtt_port"],
            self._timeout,
            self._dog.feed,
            values["mqtt_tls"],
            values["mqtt_ca"],
        )
        will = json.dumps({"node": self._name, "online": False})
        body = _text(b"MQTT") + b"\x04"
        flags = 0x26
        fields = [self._name, self._name + "/ota/state", will]
        if values["mqtt_user"]:
            flags |= 0xC0
            fields += [values["mqtt_user"], values["mqtt_password"]]
        body += struct.pack("!BH", flags, values["mqtt_keepalive"])
        for field in fields:
            body += _text(_bytes(field))
        stream.write(_head(0x10, len(body)) + body)
        answer = bytearray(4)
        if stream.readinto(answer, 4) < 4:
            raise OSError(_ECONNRESET)
        if answer[0] != 0x20 or answer[3]:
            reason = _REASONS.get(answer[3], "it does not let the node in")
            raise BrokerError("%s (code %d)" % (reason, answer[3]))

    def _publish(self, topic, data, retain):
        head = _head(_MESSAGE | bool(retain), 2 + len(topic) + len(data))
        self._stream.write(head + _text(topic))
        self._stream.write(data)

    def _subscribe(self, topic):
        self._stream.write(_head(0x82, 5 + len(topic)) + b"\0\x01" + _text(topic) + b"\0")

    def _call(self, action, *args):
        if self.busy:
            # A timer's callback came in the middle of another packet.
            raise OSError(_EBUSY)
        if not self._up:
            return
        self.busy = True
        try:
            self._stream.begin()
            self._read()
            action(*args)
        except OSError as error:
            self._up = False
            self.on_lost(error)
        finally:
            self.busy = False

    def _read(self):
        while self._stream.ready():
            self._heard = time.ticks_ms()
            if len(self._pending) >= _PENDING:
                return
            self._packet()

    def _take(self, count):
        data = bytearray(count)
        if self._stream.readinto(data, count) < count:
            raise OSError(_ECONNRESET)
        return data

    def _packet(self):
        kind = self._take(1)[0]
        size = shift = 0
        more = 128
        while more & 128:
            more = self._take(1)[0]
            size |= (more & 127) << shift
            shift += 7
        if size > _LONGEST:
            self._log.warning("a message of %d bytes is too long" % size)
            while size > 0:
                size -= len(self._take(min(size, 256)))
            return
        data = self._take(size)
        if kind & 0xF0 == 0xD0:
            self._asked = False
        if kind & 0xF0 != _MESSAGE or size < 2:
            return
        length = data[0] << 8 | data[1]
        topic = bytes(data[2 : 2 + length])
        message = bytes(data[2 + length :])
        if topic.startswith(b"ota/"):
            self.orders.append((topic, message, kind & 1))
        elif not topic.startswith(self._own):
            self._pending.append((topic, message))

    def _look_after(self):
        now = time.ticks_ms()
        self._ticked = now
        silence = time.ticks_diff(now, self._heard)
        if self._asked:
            if self._silence_ms and silence > 2 * self._silence_ms:
                raise OSError(_ETIMEDOUT)
        elif self._silence_ms and silence >= self._silence_ms:
            self._ask()

    def _ask(self):
        self._stream.write(b"\xc0\0")
        self._asked = True
