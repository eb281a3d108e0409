"""Joins a wireless network, or says in time that it cannot."""

import time

import network
from micropython import const

from ota.errors import OtaError

_POLL_MS = const(200)
_HOSTNAME = const(15)


class WifiError(OtaError):
    """No network was joined in time."""


def _set_hostname(name):
    try:
        network.hostname(name)
    except ValueError:
        # How long a name may be depends on the version of MicroPython.
        network.hostname(name[:_HOSTNAME])


def _join(wlan, name, password, limit_ms, dog):
    """Try one network; returns what the radio says if it is not joined."""
    try:
        wlan.connect(name, password)
    except OSError as error:
        return repr(error)
    start = time.ticks_ms()
    while not wlan.isconnected():
        if time.ticks_diff(time.ticks_ms(), start) > limit_ms:
            status = "status %s" % wlan.status()
            wlan.disconnect()
            return status
        dog.feed()
        time.sleep_ms(_POLL_MS)
    return None


def connect(values, hostname, dog):
    """Join the first network that lets the node in; returns the node's address."""
    _set_hostname(hostname)
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    if values["wifiStatic"]:
        wlan.ifconfig(tuple(values["wifiStatic"]))
    failed = []
    networks = [(values["wifiAP"], values["wifiPassword"])] + values["wifiNetworks"]
    for name, password in networks:
        if wlan.isconnected():
            break
        why = _join(wlan, name, password, values["wifiTimeout"] * 1000, dog)
        if why is not None:
            failed.append("WiFi '%s' not joined in %d s (%s)" % (name, values["wifiTimeout"], why))
    if not wlan.isconnected():
        raise WifiError("; ".join(failed))
    return wlan.ifconfig()[0]
