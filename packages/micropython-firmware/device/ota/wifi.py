"""Joins the wireless network, or says in time that it cannot."""

import time

import network
from micropython import const

from ota.errors import OtaError

_POLL_MS = const(200)
_HOSTNAME = const(15)


class WifiError(OtaError):
    """The network was not joined in time."""


def _set_hostname(name):
    try:
        network.hostname(name)
    except ValueError:
        # How long a name may be depends on the version of MicroPython.
        network.hostname(name[:_HOSTNAME])


def connect(values, hostname, dog):
    """Join the network; returns the node's address."""
    _set_hostname(hostname)
    wlan = network.WLAN(network.STA_IF)
    wlan.active(True)
    if not wlan.isconnected():
        try:
            wlan.connect(values["wifiAP"], values["wifiPassword"])
        except OSError as error:
            raise WifiError("WiFi '%s': %r" % (values["wifiAP"], error))
        start = time.ticks_ms()
        limit_ms = values["wifiTimeout"] * 1000
        while not wlan.isconnected():
            if time.ticks_diff(time.ticks_ms(), start) > limit_ms:
                status = wlan.status()
                wlan.disconnect()
                raise WifiError(
                    "WiFi '%s' not joined in %d s (status %s)"
                    % (values["wifiAP"], values["wifiTimeout"], status)
                )
            dog.feed()
            time.sleep_ms(_POLL_MS)
    return wlan.ifconfig()[0]
