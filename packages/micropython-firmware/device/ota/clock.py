"""Time of day: the object applications get as `env["time"]`, and setting the clock."""

import time

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
# The clock of a board that was never set starts in 2000 or 1970.
_FIRST_PLAUSIBLE_YEAR = 2023


class Time:
    """Wraps the `time` module and adds two ways to print the time, which is UTC."""

    def time(self):
        return time.time()

    def sleep(self, seconds):
        return time.sleep(seconds)

    def sleep_us(self, microseconds):
        return time.sleep_us(microseconds)

    def localtime(self):
        return time.localtime()

    def dateTimeIso(self):  # noqa: N802 (the seed's name)
        return "%d-%02d-%02dT%02d:%02d:%02dZ" % time.localtime()[:6]

    def human(self):
        year, month, day, hour, minute, second, weekday = time.localtime()[:7]
        name = _MONTHS[month * 3 - 3 : month * 3]
        return "%s, %d %s %d %02d:%02d:%02d UTC" % (
            _DAYS[weekday],
            day,
            name,
            year,
            hour,
            minute,
            second,
        )


def is_set():
    """Tell whether the clock was set since power came on."""
    return time.localtime()[0] >= _FIRST_PLAUSIBLE_YEAR


def synchronize(host, log):
    """Set the clock by NTP. A node without the time of day works all the same."""
    import ntptime

    ntptime.host = host
    try:
        ntptime.settime()
    except (OSError, IndexError, ValueError, OverflowError) as error:
        log("no time from", host, repr(error))
