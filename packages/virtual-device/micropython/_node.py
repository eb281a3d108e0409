"""Syscalls of the virtual node, with MicroPython's errors."""

import _host

_INTERRUPTED = -4
_TIMERS_DUE = -10000

# Callbacks of machine.Timer by number, kept here because every waiting call may have to run them.
timers = {}


def call(name, *args):
    """A syscall that doesn't wait. Returns its status; raises OSError."""
    status = _host.call(name, *args)
    if status < 0:
        raise OSError(-status)
    return status


def wait(name, *args, timeout=-1):
    """A syscall that may wait. `timeout` in milliseconds (-1: for ever) becomes its last argument.

    Ctrl-C and timers come through while it waits.
    """
    start = _host.ticks_ms()
    left = timeout
    while True:
        status = _host.call(name, *args, left)
        if status >= 0:
            return status
        if status == _INTERRUPTED:
            raise KeyboardInterrupt
        if status != _TIMERS_DUE:
            raise OSError(-status)
        run_timers()
        if timeout > 0:
            left = max(0, timeout - (_host.ticks_ms() - start & 0x3FFFFFFF))


def run_timers():
    """Run the callbacks that are due."""
    _host.call("timer.due")
    for number in _host.text().split():
        timer = timers.get(int(number))
        if timer is not None:
            timer._fire()


def string(value):
    """What the firmware's C takes for a string: a str, or bytes."""
    return value if isinstance(value, str) else bytes(value).decode()


text = _host.text
