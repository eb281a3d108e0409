"""time of the ESP32 port: epoch 2000-01-01, a clock that power starts at 0, a node's own time."""

import time as _port
from time import *
import _host
from _node import call, text, wait

_EPOCH_2000 = 946684800  # seconds from 1970 to 2000
_TICKS_MASK = 0x3FFFFFFF

__name__ = "time"


def sleep(seconds):
    sleep_ms(int(seconds * 1000))


def sleep_ms(milliseconds):
    if milliseconds > 0:
        wait("sleep", timeout=int(milliseconds))


def sleep_us(microseconds):
    start = ticks_us()
    if microseconds >= 1000:
        sleep_ms(microseconds // 1000)
    while ticks_diff(ticks_us(), start) < microseconds:
        pass


def ticks_ms():
    return _host.ticks_ms()


def ticks_us():
    return _host.ticks_us()


ticks_cpu = ticks_us


def time():
    call("clock.seconds")
    return int(text())


def time_ns():
    call("clock.nanoseconds")
    return int(text())


def gmtime(seconds=None):
    return _port.gmtime((time() if seconds is None else int(seconds)) + _EPOCH_2000)[:8]


localtime = gmtime


def mktime(fields):
    return int(_port.mktime(fields)) - _EPOCH_2000
