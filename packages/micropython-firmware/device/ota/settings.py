"""Reads wifisettings.py and nodesettings.py from the node's root and checks them key by key."""

import re

from ota import OtaError, describe, release, sign, url

# The value if the key is missing; for those that have to be there its type.
_WIFI = {
    "wifiAP": str,
    "wifiPassword": "",
    "wifiNetworks": [],
    "wifiStatic": [],
    "wifiTimeout": 20,
    "mqtt_ip": str,
    "mqtt_port": 1883,
    "mqtt_user": "",
    "mqtt_password": "",
    "mqtt_tls": False,
    "mqtt_ca": "",
    "mqtt_keepalive": 20,
    "mqtt_wait": 60,
    "ntp_host": "pool.ntp.org",
}
_NODE = {
    "controllerName": str,
    "logInclude": [".*"],
    "logExclude": [],
    "debug": True,
    "httpTimeout": 5,
    "gogsBase": "",
    "gogsBranch": "master",
    "gogsTrack": "branch",
    "allowDowngrade": False,
    "gogsToken": "",
    "gogsRemote": "",
    "gogsCa": "",
    "gogsKey": "",
    "watchdogTimeout": 10,
    "resetJitter": 5,
    "trialBoots": 3,
    "trialSeconds": 30,
    "offline": "reset",
    "offlineTries": 3,
    "offlineCheck": 300,
}
_NOT_0 = ("httpTimeout", "watchdogTimeout", "trialBoots")


def _need(good, key, what):
    if not good:
        raise OtaError("'%s' %s" % (key, what))


def _take(read, key, value):
    """Have a value read by what can read it."""
    try:
        return read(value)
    except (ValueError, TypeError) as error:
        # The value itself may hold a password.
        raise OtaError("'%s': %s" % (key, error))


def _check_wifi(values):
    for each in values["wifiNetworks"]:
        good = isinstance(each, (list, tuple)) and len(each) == 2
        _need(good, "wifiNetworks", "is a list of [name, password]")
    good = len(values["wifiStatic"]) in (0, 4)
    _need(good, "wifiStatic", "is [address, mask, gateway, DNS]")


def _check_node(values):
    for char in "/+#\0":
        _need(char not in values["controllerName"], "controllerName", "must not hold / + #")
    base = values["gogsBase"]
    if not values["gogsRemote"]:
        _need(base, "gogsRemote", "or 'gogsBase' is missing")
        values["gogsRemote"] = base + "/" + values["controllerName"]
    tls = _take(url.split_remote, "gogsRemote", values["gogsRemote"])[0]
    _need(values["gogsCa"] or not tls, "gogsCa", "is missing, which https needs")
    branch = values["gogsBranch"]
    _need(branch and branch[0] != "-", "gogsBranch", "is no name of a branch")
    for char in values["gogsToken"]:
        _need("!" <= char <= "~", "gogsToken", "holds an odd character")
    for key in ("logInclude", "logExclude"):
        for pattern in values[key]:
            _take(re.compile, key, pattern)
    _need(values["offline"] in ("reset", "run"), "offline", "must be 'reset' or 'run'")
    _take(release.parse, "gogsTrack", values["gogsTrack"])
    if values["gogsKey"]:
        _take(sign.modulus, "gogsKey", values["gogsKey"])


def _load(name, rules, check):
    try:
        values = dict(__import__(name).settings)
    except Exception as error:
        raise OtaError("%s.py cannot be read: %s" % (name, describe(error)))
    try:
        for key, default in rules.items():
            required = isinstance(default, type)
            kind = default if required else type(default)
            value = values.setdefault(key, default)
            least = int(key in _NOT_0)
            _need(not required or value not in (kind, ""), key, "is missing")
            _need(isinstance(value, kind), key, "must be " + kind.__name__)
            _need(kind is not int or value >= least, key, "must be %d or more" % least)
        check(values)
    except OtaError as error:
        raise OtaError("%s.py: %s" % (name, error))
    return values


def wifi():
    """Return the settings that all nodes of a site share."""
    return _load("wifisettings", _WIFI, _check_wifi)


def node():
    """Return the settings of this node, and what is wrong with them, if anything.

    With a name it can say by MQTT what is wrong: the other settings are the defaults then.
    """
    try:
        return _load("nodesettings", _NODE, _check_node), None
    except OtaError as error:
        try:
            name = __import__("nodesettings").settings["controllerName"]
        except Exception:
            raise error
        return dict(_NODE, controllerName=name), error
