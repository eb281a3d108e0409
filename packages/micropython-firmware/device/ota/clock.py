"""Time of day: the object applications get as `env["time"]`, and setting the clock."""

import time

from micropython import const

from ota import describe

_DAYS = "MonTueWedThuFriSatSun"
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
# The clock of a board that was never set starts in 2000 or 1970.
_FIRST_PLAUSIBLE_YEAR = const(2023)


def since(start):
    """Return how many milliseconds ago `time.ticks_ms()` was `start`."""
    return time.ticks_diff(time.ticks_ms(), start)


class Time:
    """The `time` module for applications, with two ways to print the time, all UTC."""

    def __getattr__(self, name):
        return getattr(time, name)

    def dateTimeIso(self):  # noqa: N802 (the seed's name)
        return "%d-%02d-%02dT%02d:%02d:%02dZ" % time.localtime()[:6]

    def human(self):
        now = time.localtime()
        day, month = now[6] * 3, now[1] * 3
        date = (_DAYS[day : day + 3], now[2], _MONTHS[month - 3 : month], now[0])
        return "%s, %d %s %d %02d:%02d:%02d UTC" % (date + now[3:6])


def seconds(text):
    """Turn a time as Gogs tells it, in its server's zone, into seconds; 0 if nobody can tell."""
    try:
        numbers = list(map(int, text[:10].split("-") + (text[11:19] + ":0:0").split(":")))
        zone = text[19:].replace("Z", "+00:00")
        numbers[3] -= int(zone[:3])
        numbers[4] -= int(zone[0] + zone[4:])
        return time.mktime(numbers)
    except Exception:
        return 0


def is_set():
    """Tell whether the clock was set since power came on."""
    return time.localtime()[0] >= _FIRST_PLAUSIBLE_YEAR


def synchronize(host, log):
    """Set the clock by NTP. A node without the time of day works all the same."""
    try:
        import ntptime

        ntptime.host = host
        ntptime.settime()
    except Exception as error:
        log("no time from", host, describe(error))
