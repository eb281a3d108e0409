"""Joins a wireless network, or says in time that it cannot."""

import network
from micropython import const

from ota import OtaError, describe, watchdog

_HOSTNAME = const(15)


def _join(wlan, name, password, limit_ms):
    """Try one network; returns what the radio says if it is not joined."""
    try:
        wlan.connect(name, password)
    except OSError as error:
        return describe(error)
    if watchdog.wait(limit_ms, wlan.isconnected):
        return None
    status = "status %s" % wlan.status()
    wlan.disconnect()
    return status


def connect(values, hostname):
    """Join the first network that lets the node in; returns the node's address."""
    try:
        network.hostname(hostname)
    except ValueError:
        # How long a name may be depends on the version of MicroPython.
        network.hostname(hostname[:_HOSTNAME])
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    if values["wifiStatic"]:
        wlan.ifconfig(tuple(values["wifiStatic"]))
    failed = []
    limit = values["wifiTimeout"]
    for name, password in [(values["wifiAP"], values["wifiPassword"])] + values["wifiNetworks"]:
        why = None if wlan.isconnected() else _join(wlan, name, password, limit * 1000)
        if why is None:
            return wlan.ifconfig()[0]
        failed.append("WiFi '%s' not joined in %d s (%s)" % (name, limit, why))
    raise OtaError("; ".join(failed))
