"""
A door contact that reports by MQTT: at once when the door moves, and every so many seconds.

<node>/door      retained: {"open": true, "moved": 3}
<node>/interval  the seconds between two reports, for anybody to set
"""

import json
import time

from machine import Pin


class Contact:
    """A switch between pin and ground, closed with the door. A new level counts when it stays."""

    def __init__(self, pin, settle_ms):
        self._pin = Pin(pin, Pin.IN, Pin.PULL_UP)
        self._settle_ms = settle_ms
        self._level = self.open = self._pin.value()
        self._since = time.ticks_ms()

    def moved(self):
        """Look at the pin; tell whether the door has been opened or closed since the last look."""
        level = self._pin.value()
        now = time.ticks_ms()
        if level != self._level:
            self._level = level
            self._since = now
        if level == self.open or time.ticks_diff(now, self._since) < self._settle_ms:
            return False
        self.open = level
        return True


class Reporter:
    def __init__(self, env, contact):
        self._publish = env["mqtt_pub"]
        self._log = env["log"](append="door")
        self._contact = contact
        self._seconds = env.get("reportSeconds", 60)
        self._moves = 0
        self._said = None

    def receive(self, topic, message):
        if not topic.endswith(b"/interval"):
            return
        try:
            self._seconds = max(1, int(message))
        except ValueError:
            self._log.warning("no number of seconds:", message)

    def step(self):
        now = time.ticks_ms()
        if self._contact.moved():
            self._moves += 1
        elif self._said is not None and time.ticks_diff(now, self._said) < self._seconds * 1000:
            return
        self._said = now
        state = {"open": bool(self._contact.open), "moved": self._moves}
        self._publish("door", json.dumps(state), True)


def start(env):
    reporter = Reporter(env, Contact(env.get("doorPin", 4), env.get("settleMs", 50)))
    env["mqtt_sub"](reporter.receive)
    while True:
        env["mqtt_check_msg"]()
        reporter.step()
        env["wdt"].feed()
        time.sleep_ms(20)
