"""Syscalls of the virtual node, with MicroPython's errors."""

import _host

_INTERRUPTED = -4
_TIMERS_DUE = -10000

# Timers by number and interrupts by pin, kept here because every waiting call may have to run
# their callbacks.
timers = {}
interrupts = {}


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
        run_callbacks()
        if timeout > 0:
            left = max(0, timeout - (_host.ticks_ms() - start & 0x3FFFFFFF))


def run_callbacks():
    """Run the callbacks of timers and pins that are due."""
    for name, owners in (("timer.due", timers), ("pin.due", interrupts)):
        _host.call(name)
        for number in _host.text().split():
            owner = owners.get(int(number))
            if owner is not None:
                _run(owner)


def _run(owner):
    # As MicroPython's scheduler does: what a callback raises is printed, and the program goes on.
    try:
        owner._fire()
    except Exception as e:
        import io
        import sys

        trace = io.StringIO()
        sys.print_exception(e, trace)
        # On a board the callers are C.
        lines = [line for line in trace.getvalue().split("\n") if '"/firmware/' not in line]
        print("\n".join(lines), end="")


def string(value):
    """What the firmware's C takes for a string: a str, or bytes."""
    return value if isinstance(value, str) else bytes(value).decode()


text = _host.text
