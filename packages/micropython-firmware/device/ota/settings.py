"""Reads wifisettings.py and nodesettings.py from the node's root and checks them key by key."""

import re

from ota import release, url
from ota.errors import OtaError

# key: (type, value if it is missing). Without a value the key has to be there.
_WIFI = {
    "wifiAP": (str,),
    "wifiPassword": (str, ""),
    "wifiNetworks": (list, []),
    "wifiStatic": (list, []),
    "wifiTimeout": (int, 20),
    "mqtt_ip": (str,),
    "mqtt_port": (int, 1883),
    "mqtt_user": (str, ""),
    "mqtt_password": (str, ""),
    "mqtt_tls": (bool, False),
    "mqtt_ca": (str, ""),
    "mqtt_keepalive": (int, 20),
    "mqtt_wait": (int, 60),
    "ntp_host": (str, "pool.ntp.org"),
}
_NODE = {
    "controllerName": (str,),
    "logInclude": (list, [".*"]),
    "logExclude": (list, []),
    "debug": (bool, True),
    "httpTimeout": (int, 5),
    "gogsBase": (str, ""),
    "gogsBranch": (str, "master"),
    "gogsTrack": (str, "branch"),
    "allowDowngrade": (bool, False),
    "gogsToken": (str, ""),
    "gogsRemote": (str, ""),
    "gogsCa": (str, ""),
    "watchdogTimeout": (int, 10),
    "resetJitter": (int, 5),
    "trialBoots": (int, 3),
    "trialSeconds": (int, 30),
    "offline": (str, "reset"),
    "offlineTries": (int, 3),
    "offlineCheck": (int, 300),
}
_TOPIC_SPECIAL = "/+#\0"


class SettingsError(OtaError):
    """A setting is missing or wrong; the text names the file and the key."""


def _import(name):
    try:
        module = __import__(name)
    except Exception as error:
        raise SettingsError("%s.py cannot be read: %r" % (name, error))
    values = getattr(module, "settings", None)
    if not isinstance(values, dict):
        raise SettingsError("%s.py has no dictionary 'settings'" % name)
    return dict(values)


def _check(file, values, rules):
    for key, rule in rules.items():
        if key not in values:
            if len(rule) == 1:
                raise SettingsError("%s.py: '%s' is missing" % (file, key))
            values[key] = rule[1]
        elif not isinstance(values[key], rule[0]):
            raise SettingsError("%s.py: '%s' must be %s" % (file, key, rule[0].__name__))
        elif rule[0] is int and values[key] < 0:
            raise SettingsError("%s.py: '%s' must not be negative" % (file, key))
        elif len(rule) == 1 and not values[key]:
            raise SettingsError("%s.py: '%s' is empty" % (file, key))
    return values


def _check_patterns(key, patterns):
    for pattern in patterns:
        try:
            re.compile(pattern)
        except (ValueError, TypeError):
            raise SettingsError("nodesettings.py: '%s': %r is no pattern" % (key, pattern))


def wifi():
    """Return the settings that all nodes of a site share."""
    values = _check("wifisettings", _import("wifisettings"), _WIFI)
    for each in values["wifiNetworks"]:
        if not isinstance(each, (list, tuple)) or len(each) != 2:
            raise SettingsError("wifisettings.py: 'wifiNetworks' is a list of [name, password]")
    if values["wifiStatic"] and len(values["wifiStatic"]) != 4:
        raise SettingsError("wifisettings.py: 'wifiStatic' is [address, mask, gateway, DNS]")
    return values


def node():
    """Return the settings of this node."""
    values = _check("nodesettings", _import("nodesettings"), _NODE)
    name = values["controllerName"]
    for char in _TOPIC_SPECIAL:
        if char in name:
            raise SettingsError("nodesettings.py: 'controllerName' must not hold / + #")
    if not values["gogsRemote"]:
        if not values["gogsBase"]:
            raise SettingsError("nodesettings.py: 'gogsRemote' or 'gogsBase' is missing")
        values["gogsRemote"] = values["gogsBase"] + "/" + name
    try:
        tls = url.split_remote(values["gogsRemote"])[0]
    except ValueError as error:
        raise SettingsError("nodesettings.py: 'gogsRemote': %s" % error)
    if tls and not values["gogsCa"]:
        raise SettingsError("nodesettings.py: 'gogsCa' is missing, which https needs")
    branch = values["gogsBranch"]
    if not branch or branch.startswith("-"):
        raise SettingsError("nodesettings.py: 'gogsBranch' is not the name of a branch")
    for char in values["gogsToken"]:
        if not "!" <= char <= "~":
            raise SettingsError("nodesettings.py: 'gogsToken' holds a blank or odd character")
    for key in ("logInclude", "logExclude"):
        _check_patterns(key, values[key])
    for key in ("httpTimeout", "watchdogTimeout", "trialBoots"):
        if values[key] < 1:
            raise SettingsError("nodesettings.py: '%s' must be 1 or more" % key)
    if values["offline"] not in ("reset", "run"):
        raise SettingsError("nodesettings.py: 'offline' must be 'reset' or 'run'")
    try:
        release.parse(values["gogsTrack"])
    except ValueError as error:
        raise SettingsError("nodesettings.py: 'gogsTrack': %s" % error)
    return values
