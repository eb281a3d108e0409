"""machine of the ESP32 port, as far as a node without wires needs it."""

import _host
from _node import call, interrupts, text, timers, wait

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5


def reset():
    _host.call("reset.hard")


def soft_reset():
    raise SystemExit


def reset_cause():
    return call("reset.cause")


def deepsleep(time_ms=-1):
    _host.call("reset.deepsleep", int(time_ms))


def lightsleep(time_ms=-1):
    wait("sleep", timeout=int(time_ms))


def idle():
    wait("sleep", timeout=1)


def unique_id():
    import binascii

    call("machine.unique_id")
    return binascii.unhexlify(text())


_freq = 160000000


def freq(hz=None):
    global _freq
    if hz is None:
        return _freq
    if hz not in (20000000, 40000000, 80000000, 160000000, 240000000):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    _freq = hz


def disable_irq():
    return 0


def enable_irq(state):
    pass


class WDT:
    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError("WDT id not supported")
        if timeout < 1000:
            raise ValueError("WDT timeout too short")
        _host.feed()
        call("wdt.start", int(timeout))

    def feed(self):
        _host.feed()


class RTC:
    def __init__(self, id=0):
        pass

    def memory(self, data=None):
        import binascii

        if data is None:
            call("rtc.memory")
            return binascii.unhexlify(text())
        if len(data) > 2048:
            raise ValueError("buffer too long")
        call("rtc.set_memory", binascii.hexlify(data).decode())

    def datetime(self, value=None):
        import time

        if value is None:
            now = time.time_ns()
            year, month, day, hour, minute, second, weekday = time.gmtime(now // 1000000000)[:7]
            return (year, month, day, weekday, hour, minute, second, now // 1000 % 1000000)
        seconds = time.mktime((value[0], value[1], value[2], value[4], value[5], value[6], 0, 0))
        call("clock.set", str(seconds))

    init = datetime


class Timer:
    ONE_SHOT = 0
    PERIODIC = 1

    def __init__(self, id=-1, **options):
        self._id = id
        if options:
            self.init(**options)

    def init(self, *, mode=PERIODIC, period=-1, callback=None, freq=None, hard=False):
        if freq is not None:
            period = 1000 // freq
        if period <= 0:
            raise ValueError("period too small")
        self.deinit()
        self._callback = callback
        self._mode = mode
        self._number = call("timer.start", int(period), mode)
        timers[self._number] = self

    def deinit(self):
        number = getattr(self, "_number", None)
        if number is not None:
            call("timer.stop", number)
            timers.pop(number, None)
            self._number = None

    def _fire(self):
        if self._mode == Timer.ONE_SHOT:
            timers.pop(self._number, None)
            self._number = None
        if self._callback:
            self._callback(self)


class _Interrupt:
    """What Pin.irq returns; calling it calls the handler."""

    def __init__(self, pin, handler):
        self._pin = pin
        self._handler = handler
        self._mask = 0

    def __call__(self):
        self._handler(self._pin)

    _fire = __call__

    def trigger(self, mask=None):
        old = self._mask
        if mask is not None:
            self._mask = mask
            call("pin.irq", self._pin._id, mask)
        return old


class Pin:
    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_UP = 2
    PULL_DOWN = 1
    IRQ_RISING = 1
    IRQ_FALLING = 2

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        self._id = int(id)
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        call("pin.init", self._id, -1 if mode is None else mode, -1 if pull is None else pull)
        if value is not None:
            self.value(value)

    def value(self, level=None):
        if level is None:
            return call("pin.get", self._id)
        call("pin.set", self._id, 1 if level else 0)

    __call__ = value

    def irq(self, handler=None, trigger=IRQ_RISING | IRQ_FALLING, wake=None):
        interrupt = interrupts[self._id] = _Interrupt(self, handler)
        interrupt.trigger(trigger if handler else 0)
        return interrupt

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not self.value())

    def __repr__(self):
        return "Pin(%d)" % self._id
