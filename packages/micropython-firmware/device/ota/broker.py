"""The MQTT side of a node: the gate at boot, the application's helpers, and noticing a loss.

Every helper, and every feeding of the watchdog, also looks after the connection: it reads what
has arrived, asks the broker for a sign of life when it was silent, and calls `on_lost` when the
connection is gone. Messages for the application wait until it asks for them.
"""

import json
import random
import select
import socket
import time

from micropython import const
from umqtt.simple import MQTTClient, MQTTException

from ota.errors import OtaError

_TIMEOUT = const(3)
_TICK_MS = const(500)
_PENDING = const(8)
_MESSAGE = const(0x30)
_EBUSY = const(16)
_ETIMEDOUT = const(116)
# What umqtt.simple raises when the connection is gone or the broker's answer makes no sense.
_BROKEN = (OSError, MQTTException, AssertionError, IndexError, TypeError)


class BrokerError(OtaError):
    """The broker was not reached in time."""


def _bytes(data):
    if isinstance(data, str):
        return data.encode()
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError("what is published must be str or bytes, not " + type(data).__name__)
    return data


class Broker:
    """A connection that is never repaired: when it is lost the node starts again."""

    def __init__(self, name, values, dog, log):
        self.on_lost = None
        self._name = name
        self._host = values["mqtt_ip"]
        self._port = values["mqtt_port"]
        self._wait_ms = values["mqtt_wait"] * 1000
        self._silence_ms = values["mqtt_keepalive"] * 500
        self._dog = dog
        self._log = log
        self._client = MQTTClient(
            _bytes(name),
            self._host,
            self._port,
            values["mqtt_user"] or None,
            values["mqtt_password"] or None,
            values["mqtt_keepalive"],
        )
        self._client.set_callback(self._receive)
        self._client.set_last_will(
            self._topic("ota/state"), _bytes(json.dumps({"node": name, "online": False})), True
        )
        self._own = self._topic("ota/")
        self._poll = select.poll()
        self._callback = None
        self._pending = []
        self._up = False
        self._busy = False
        self._asked = False
        self._heard = 0
        self._ticked = 0

    def connect(self):
        """Wait for the broker, asking again and again; gives up after `mqtt_wait` seconds."""
        start = time.ticks_ms()
        while True:
            try:
                self._probe()
                self._client.connect()
                break
            except _BROKEN as error:
                if time.ticks_diff(time.ticks_ms(), start) > self._wait_ms:
                    raise BrokerError("broker %s:%d: %r" % (self._host, self._port, error))
                self._log("waiting for the broker:", repr(error))
            # Between one and two seconds, so that nodes do not ask all at once.
            self._dog.wait(1000 + random.getrandbits(10))
        self._client.sock.settimeout(_TIMEOUT)
        self._poll.register(self._client.sock, select.POLLIN)
        self._heard = self._ticked = time.ticks_ms()
        self._up = True

    def publish(self, tag, data, retain=False):
        """Publish below the node's name."""
        self._call(self._client.publish, self._topic(tag), _bytes(data), retain)

    def ping(self):
        """Ask the broker for a sign of life."""
        self._call(self._ask)

    def subscribe(self, callback):
        """Have `callback(topic, message)` called for what others publish below the node's name."""
        self._callback = callback
        self._call(self._client.subscribe, self._topic("#"))

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
        if not self._up or self._busy:
            return
        if time.ticks_diff(time.ticks_ms(), self._ticked) >= _TICK_MS:
            self._call(self._look_after)

    def _topic(self, tag):
        return _bytes(self._name + "/" + tag)

    def _probe(self):
        """Try the port with a deadline, which umqtt.simple's own connect does not have."""
        address = socket.getaddrinfo(self._host, self._port, 0, socket.SOCK_STREAM)[0][-1]
        self._dog.feed()
        sock = socket.socket()
        try:
            sock.settimeout(_TIMEOUT)
            sock.connect(address)
        finally:
            sock.close()
        self._dog.feed()

    def _call(self, action, *args):
        if self._busy:
            # A timer's callback came in the middle of another packet.
            raise OSError(_EBUSY)
        self._busy = True
        try:
            self._read()
            action(*args)
        except _BROKEN as error:
            self._up = False
            self.on_lost(error)
        finally:
            self._client.sock.settimeout(_TIMEOUT)
            self._busy = False

    def _readable(self):
        for _ in self._poll.ipoll(0):
            return True
        return False

    def _read(self):
        while self._readable():
            self._heard = time.ticks_ms()
            self._asked = False
            if len(self._pending) >= _PENDING:
                return
            self._client.wait_msg()
            # umqtt.simple takes the timeout away.
            self._client.sock.settimeout(_TIMEOUT)

    def _look_after(self):
        now = time.ticks_ms()
        self._ticked = now
        silence = time.ticks_diff(now, self._heard)
        if self._asked:
            if silence > 2 * self._silence_ms:
                raise OSError(_ETIMEDOUT)
        elif self._silence_ms and silence >= self._silence_ms:
            self._ask()

    def _ask(self):
        self._client.ping()
        self._asked = True

    def _receive(self, topic, message):
        if not topic.startswith(self._own):
            self._pending.append((topic, message))
