"""ntptime: sets the clock from the site's time server, if there is one."""

from _node import text, wait

host = "pool.ntp.org"
timeout = 1


def time():
    try:
        wait("ntp.time", host, timeout=int(timeout * 1000))
    except OSError as e:
        if e.errno == 202:
            raise OSError(-202)
        raise
    return int(text())


def settime():
    import machine
    import time as clock

    fields = clock.gmtime(time())
    machine.RTC().datetime(
        (fields[0], fields[1], fields[2], fields[6], fields[3], fields[4], fields[5], 0)
    )
