"""Joins a wireless network, or says in time that it cannot."""

import network
from micropython import const

from ota import OtaError, describe
from ota.watchdog import watchdog

_HOSTNAME = const(15)
_WORDS = {201: "it is not there", 202: "wrong password"}


def _join(wlan, name, password, limit_ms):
    """Try one network; returns what the radio says if it is not joined."""
    try:
        wlan.connect(name, password)
    except OSError as error:
        return describe(error)
    if watchdog.wait(limit_ms, wlan.isconnected):
        return None
    status = wlan.status()
    wlan.disconnect()
    return _WORDS.get(status, "status %s" % status)


def connect(values, hostname):
    """Join the first network that lets the node in; returns the node's address."""
    for name in (hostname[:_HOSTNAME], hostname):
        try:
            network.hostname(name)
        except ValueError:
            # How long a name may be depends on the version of MicroPython.
            pass
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    if values["wifiStatic"]:
        try:
            wlan.ifconfig(tuple(values["wifiStatic"]))
        except (ValueError, TypeError) as error:
            raise OtaError("wifisettings.py: 'wifiStatic': %s" % error)
    failed = []
    limit = values["wifiTimeout"]
    for name, password in [(values["wifiAP"], values["wifiPassword"])] + values["wifiNetworks"]:
        why = None if wlan.isconnected() else _join(wlan, name, password, limit * 1000)
        if not why:
            return wlan.ifconfig()[0]
        failed.append("WiFi '%s' not joined in %d s (%s)" % (name, limit, why))
    raise OtaError("; ".join(failed))
