"""The MQTT side of a node: the gate at boot, the application's helpers, and noticing a loss.

Every helper, and every feeding of the watchdog, also looks after the connection: it reads what
has arrived, asks the broker for a sign of life when it was silent, and calls `on_lost` when the
connection is gone. Messages for the application wait until it asks for them, as far as there is
room. Nothing here blocks for longer than `timeout` seconds of silence, and without a connection
nothing happens at all.
"""

import json
import random
import struct
import time

from micropython import const

from ota import OtaError, describe
from ota.clock import since
from ota.stream import Stream
from ota.watchdog import watchdog

_TICK_MS = const(200)
_ANSWER_MS = const(8000)
_ORDERS = const(8)
_LONGEST = const(4096)
# Bytes for messages that wait, and what each of them takes besides its own.
_ROOM = const(8192)
_EACH = const(64)
_EBUSY = const(16)
_ECONNRESET = const(104)
_ETIMEDOUT = const(116)
# What it means that the broker lets nobody in: a wrong login, or one that may not do this.
_WRONG_LOGIN = (4, 5)
# Kinds of packets.
_CONNECT = const(0x10)
_CONNACK = const(0x20)
_MESSAGE = const(0x30)
_SUBSCRIBE = const(0x82)
_SUBACK = const(0x90)
_REFUSED = const(0x80)
_PING = const(0xC0)
_PONG = const(0xD0)
# A new session with a will of QoS 0 that is retained; with user and password.
_FLAGS = const(0x26)
_LOGIN = const(0xC0)


def _bytes(data):
    if isinstance(data, str):
        return data.encode()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError("publish str or bytes, not " + type(data).__name__)
    return data


def _text(text):
    data = text.encode()
    return struct.pack("!H", len(data)) + data


class Broker:
    """A connection that is never repaired: when it is lost the node starts again."""

    def __init__(self, name, values, timeout, log, on_lost):
        # Commands and the target, as (topic, text, whether it was retained).
        self.orders = []
        # Whether there is one; whether a packet is being read or written: nothing else can be said
        # meanwhile; whether an answer to a ping has to come.
        self.up = self.busy = self._asked = False
        self._name = name
        self._values = values
        self._timeout = timeout
        self._silence_ms = values["mqtt_keepalive"] * 500
        self._log = log
        self._on_lost = on_lost
        self._stream = self._callback = None
        self._pending = []
        self._room = _ROOM
        # The size of a message that was thrown away; topics that the broker lets the node hear.
        self._lost = self._granted = 0
        self._heard = self._sent = self._ticked = 0

    def connect(self):
        """Wait for the broker, asking again and again; gives up after `mqtt_wait` seconds.

        Returns whether it was there at once.
        """
        at_once = True
        values = self._values
        start = time.ticks_ms()
        while not self.up:
            try:
                self._open()
                self._heard = self._ticked = time.ticks_ms()
                # From now on it is the application's to feed the watchdog.
                self._stream.feed = lambda: None
                self.up = True
            except (OtaError, OSError) as error:
                if self._stream:
                    self._stream.close()
                address = values["mqtt_ip"], values["mqtt_port"]
                text = "broker %s:%d: " % address + describe(error)
                if since(start) > values["mqtt_wait"] * 1000:
                    raise OtaError(text)
                self._log("waiting for the", text)
                # Between one and two seconds, so that nodes do not ask all at once.
                watchdog.wait(1000 + random.getrandbits(10))
                at_once = False
        return at_once

    def take_orders(self):
        """Subscribe to what is said to this node, and wait until the retained part has come.

        Returns whether all of it can have come.
        """
        for topic in ("target/" + self._name, "cmd/" + self._name, "cmd/all"):
            self._call(self._subscribe, "ota/" + topic)
        self.ping()
        answered = watchdog.wait(_ANSWER_MS, lambda: not self._asked)
        # A broker may answer before it has sent all that it retained.
        watchdog.wait(2 * _TICK_MS)
        return answered and self._granted == 3

    def publish(self, tag, data, retain=False):
        """Publish below the node's name."""
        topic = _text(self._name + "/" + tag)
        self._call(self._send, _MESSAGE | bool(retain), topic, _bytes(data))

    def ping(self):
        """Ask the broker for a sign of life."""
        self._call(self._ask)

    def subscribe(self, callback):
        """Have `callback(topic, message)` called for what others publish below the node's name."""
        self._callback = callback
        self._call(self._subscribe, self._name + "/#")

    def check(self):
        """Hand the next message that has arrived, if any, to the application's callback."""
        self._call(self._look_after)
        if self._pending and self._callback:
            topic, message = self._pending.pop(0)
            self._room += len(topic) + len(message) + _EACH
            self._callback(topic, message)
            return _MESSAGE
        return None

    def tick(self):
        """Look after the connection now and then; cheap enough for any loop."""
        if not self.busy and since(self._ticked) >= _TICK_MS:
            self._call(self._look_after)

    def _open(self):
        values = self._values
        self._stream = None
        self._stream = Stream(
            values["mqtt_ip"],
            values["mqtt_port"],
            self._timeout,
            values["mqtt_tls"],
            values["mqtt_ca"],
        )
        name, user = self._name, values["mqtt_user"]
        fields = [name, name + "/ota/state", json.dumps({"node": name, "online": False})]
        flags = _FLAGS
        if user:
            flags |= _LOGIN
            fields += [user, values["mqtt_password"]]
        body = _text("MQTT") + struct.pack("!BBH", 4, flags, values["mqtt_keepalive"])
        self._send(_CONNECT, body + b"".join(map(_text, fields)))
        answer = self._take(4)
        code = answer[3]
        if answer[0] != _CONNACK or code:
            wrong = "mqtt_user or mqtt_password is wrong"
            why = wrong if code in _WRONG_LOGIN else "it refuses the node"
            raise OtaError("%s (code %d)" % (why, code))

    def _send(self, kind, data, more=b""):
        """Write a packet."""
        head = bytearray((kind,))
        size = len(data) + len(more)
        while size > 127:
            head.append(size & 127 | 128)
            size >>= 7
        head.append(size)
        self._stream.write(head + data)
        self._stream.write(more)
        self._sent = time.ticks_ms()

    def _subscribe(self, topic):
        self._send(_SUBSCRIBE, b"\0\x01" + _text(topic) + b"\0")

    def _ask(self):
        self._send(_PING, b"")
        if not self._asked:
            self._asked = True
            # An application that was busy for long has not listened: silence begins here.
            self._heard = self._sent

    def _call(self, action, *args):
        if not self.up:
            return
        if self.busy:
            # A timer's callback came in the middle of another packet.
            raise OSError(_EBUSY)
        self.busy = True
        try:
            self._stream.begin()
            while self._stream.ready():
                self._heard = time.ticks_ms()
                self._packet()
            action(*args)
        except OSError as error:
            self.up = False
            self._on_lost(error)
        finally:
            self.busy = False
        if self._lost:
            lost, self._lost = self._lost, 0
            self._log.warning("lost: a message of %d bytes: too long or too many" % lost)

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
            self._lost = size
            while size > 0:
                size -= len(self._take(min(size, 256)))
                # However long it is, whoever retained it must not keep the node from starting.
                self._stream.begin()
                watchdog.feed()
            return
        data = self._take(size)
        if kind == _PONG:
            self._asked = False
        if kind == _SUBACK and data[-1] < _REFUSED:
            self._granted += 1
        if kind & 0xF0 != _MESSAGE or size < 2:
            return
        end = 2 + (data[0] << 8 | data[1])
        topic, message = bytes(data[2:end]), bytes(data[end:])
        size = len(topic) + len(message) + _EACH
        if topic.startswith(self._name.encode() + b"/ota/"):
            return
        order = topic.startswith(b"ota/")
        if order and len(self.orders) < _ORDERS:
            self.orders.append((topic, message, kind & 1))
        elif size <= self._room and not order:
            self._room -= size
            self._pending.append((topic, message))
        else:
            self._lost = size

    def _look_after(self):
        self._ticked = time.ticks_ms()
        limit = self._silence_ms
        silence = since(self._heard)
        if not limit:
            return
        if self._asked:
            if silence > limit:
                raise OSError(_ETIMEDOUT)
        elif max(silence, since(self._sent)) >= limit:
            # A broker drops whom it does not hear, as well.
            self._ask()
