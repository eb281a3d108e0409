"""The hardware watchdog, with a window that fits what the node is doing."""

import time

import machine
from micropython import const

# Longest single step of a boot that cannot feed in between: a name lookup plus a connect.
BOOT_MS = const(30000)
# After Ctrl-C a person works at the prompt. The watchdog cannot be stopped, only given time.
CONSOLE_MS = const(600000)

_SLICE_MS = const(200)


class Watchdog:
    """Feeds the hardware, and calls `on_feed` so that the node is looked after as well."""

    def __init__(self, window_ms=BOOT_MS):
        self.on_feed = None
        self._window_ms = None
        self.window(window_ms)

    def window(self, window_ms):
        """Change the time that may pass between two feeds; returns the time before."""
        before = self._window_ms
        self._window_ms = window_ms
        self._wdt = machine.WDT(timeout=window_ms)
        self._wdt.feed()
        return before

    def feed(self):
        """Say that there was progress."""
        self._wdt.feed()
        if self.on_feed is not None:
            self.on_feed()

    def wait(self, wait_ms):
        """Sleep for a bounded time without a reset."""
        start = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), start) < wait_ms:
            self.feed()
            time.sleep_ms(min(_SLICE_MS, wait_ms))
        self.feed()
