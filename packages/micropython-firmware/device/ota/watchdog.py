"""The hardware watchdog. A board has one, so this module is it: `env["wdt"]` of applications."""

import time

import machine
from micropython import const

# Longest single step of a boot that cannot feed in between: a name lookup plus a connect.
BOOT_MS = const(30000)
# After Ctrl-C a person works at the prompt. The watchdog cannot be stopped, only given time.
CONSOLE_MS = const(600000)

_SLICE_MS = const(200)

# Called at each feeding, so that the node is looked after as well.
on_feed = None
_wdt = _window_ms = None


def window(window_ms):
    """Change the time that may pass between two feeds; returns the time before."""
    global _wdt, _window_ms  # noqa: PLW0603 (a board has one watchdog)
    before = _window_ms
    _window_ms = window_ms
    _wdt = machine.WDT(timeout=window_ms)
    _wdt.feed()
    return before


def feed():
    """Say that there was progress."""
    if _wdt:
        _wdt.feed()
    if on_feed:
        on_feed()


def wait(wait_ms, done=None):
    """Sleep for a bounded time without a reset, or until `done()`; returns whether that came."""
    start = time.ticks_ms()
    while not (done and done()):
        feed()
        if time.ticks_diff(time.ticks_ms(), start) >= wait_ms:
            return False
        time.sleep_ms(min(_SLICE_MS, wait_ms))
    return True
