"""network.WLAN of the ESP32 port. The site decides which access points there are."""

from _node import call, string, text, wait
import binascii
import json

STA_IF = 0
AP_IF = 1
AUTH_OPEN = 0
AUTH_WPA2_PSK = 3

STAT_IDLE = 1000
STAT_CONNECTING = 1001
STAT_GOT_IP = 1010
STAT_NO_AP_FOUND = 201
STAT_WRONG_PASSWORD = 202
STAT_BEACON_TIMEOUT = 200
STAT_ASSOC_FAIL = 203
STAT_HANDSHAKE_TIMEOUT = 204

_hostname = "mpy-esp32"
_country = "XX"


def hostname(name=None):
    global _hostname
    if name is None:
        return _hostname
    if len(name) > 32:
        raise ValueError("name too long")
    _hostname = name


def country(code=None):
    global _country
    if code is None:
        return _country
    _country = code


class WLAN:
    IF_STA = STA_IF
    IF_AP = AP_IF
    PM_NONE = 0
    PM_PERFORMANCE = 1
    PM_POWERSAVE = 2

    def __init__(self, interface=STA_IF):
        self._interface = interface
        self._settings = {"txpower": 20, "channel": 1, "pm": 1}

    def active(self, on=None):
        if on is None:
            return bool(call("wlan.is_active", self._interface))
        call("wlan.active", self._interface, 1 if on else 0)
        return bool(on)

    def connect(self, ssid=None, key=None, *, bssid=None):
        self._station()
        call("wlan.connect", string(ssid or ""), string(key or ""))

    def disconnect(self):
        self._station()
        call("wlan.disconnect")

    def isconnected(self):
        return self._interface == STA_IF and call("wlan.status") == STAT_GOT_IP

    def status(self, parameter=None):
        if parameter is None:
            return call("wlan.status")
        if parameter == "rssi":
            call("wlan.rssi")
            return int(text())
        raise ValueError("unknown status param")

    def scan(self):
        self._station()
        wait("wlan.scan")
        return [
            (item[0].encode(), binascii.unhexlify(item[1]), item[2], item[3], item[4], False)
            for item in json.loads(text())
        ]

    def ifconfig(self, addresses=None):
        if addresses is not None and addresses != "dhcp":
            for address in addresses:
                parts = address.split(".")
                if len(parts) != 4 or not all(
                    part.isdigit() and int(part) < 256 for part in parts
                ):
                    raise ValueError("invalid arguments")
            call("wlan.static", json.dumps(list(addresses)))
            return None
        call("wlan.ifconfig")
        return tuple(text().split())

    def ipconfig(self, name=None, **settings):
        if name is None:
            if "addr4" in settings and settings["addr4"] != "dhcp":
                address = settings["addr4"]
                address = address[0] if isinstance(address, tuple) else address.split("/")[0]
                old = self.ifconfig()
                self.ifconfig((address, old[1], settings.get("gw4", old[2]), old[3]))
            return None
        address, mask, gateway, _ = self.ifconfig()
        if name == "addr4":
            return (address, mask)
        if name == "gw4":
            return gateway
        if name == "dhcp4":
            return True
        raise ValueError("unknown config param")

    def config(self, *names, **settings):
        for name, value in settings.items():
            if name in ("dhcp_hostname", "hostname"):
                hostname(value)
            elif name == "reconnects":
                call("wlan.reconnects", value)
            else:
                self._settings[name] = value
        if not names:
            return None
        name = names[0]
        if name == "mac":
            call("machine.unique_id")
            return binascii.unhexlify(text())
        if name in ("dhcp_hostname", "hostname"):
            return hostname()
        if name in ("essid", "ssid"):
            call("wlan.ssid")
            return text()
        if name in self._settings:
            return self._settings[name]
        raise ValueError("unknown config param")

    def _station(self):
        if self._interface != STA_IF:
            raise OSError("STA is required")
