"""The hardware watchdog. A board has one, so there is one `watchdog`: it is `env["wdt"]`, too."""

import time

import machine
from micropython import const

from ota.clock import since

# Longest single step of a boot that cannot feed in between: a name lookup plus a connect.
BOOT_MS = const(30000)
# After Ctrl-C a person works at the prompt. The watchdog cannot be stopped, only given time.
CONSOLE_MS = const(600000)

_SLICE_MS = const(200)


class Watchdog:
    """`on_feed` is called at each feeding, so that the node is looked after as well."""

    def __init__(self):
        self.on_feed = self._wdt = self._window_ms = None

    def window(self, window_ms):
        """Change the time that may pass between two feeds; returns the time before."""
        before = self._window_ms
        self._window_ms = window_ms
        self._wdt = machine.WDT(timeout=window_ms)
        self._wdt.feed()
        return before

    def feed(self):
        """Say that there was progress."""
        if self._wdt:
            self._wdt.feed()
        if self.on_feed:
            self.on_feed()

    def wait(self, wait_ms, done=None):
        """Sleep for a bounded time without a reset, or until `done()`; tells whether that came."""
        start = time.ticks_ms()
        while not (done and done()):
            self.feed()
            if since(start) >= wait_ms:
                return False
            time.sleep_ms(min(_SLICE_MS, wait_ms))
        return True


watchdog = Watchdog()
