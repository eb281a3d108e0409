"""From boot to the application: the node's whole life between two resets."""

import gc
import json
import random
import sys

import machine
from micropython import const

from ota import clock, install, requests, settings, watchdog, wifi
from ota.broker import Broker
from ota.errors import OtaError
from ota.gogs import Gogs
from ota.log import Log, Sink
from ota.updater import Updater, describe

_RESTART_MS = const(10000)
_BUFFER = const(1024)
# More would not fit into the watchdog's window.
_TIMEOUT_LIMIT = const(10)


class Node:
    """What the parts of the node need from each other."""

    def __init__(self, dog):
        self._dog = dog
        self._clock = clock.Time()
        self._log = Log(Sink(self._clock), "boot")
        self._values = None
        self._broker = None
        self._jitter_ms = 0
        self._error = None
        self._since = None

    def boot(self):
        """Go from the reset to the application; raises what cannot be helped but by a reset."""
        done = install.recover(self._dog.feed)
        if done is not None:
            self._log.warning(done)
        self._values = settings.node()
        shared = settings.wifi()
        self._jitter_ms = self._values["resetJitter"] * 1000
        sink = Sink(
            self._clock,
            self._values["debug"],
            self._values["logInclude"],
            self._values["logExclude"],
        )
        self._log = Log(sink, "boot")
        self._connect(shared)
        updater = self._update(sink)
        self._run(self._environment(updater, sink))

    def fail(self, error):
        """Say what ended the node's life, where anybody may listen."""
        self._error = describe(error)
        self._log.warning(self._error)
        self.report()

    def wait(self):
        """Wait before the reset, so that a node that fails does not do so all the time."""
        self._dog.wait(_RESTART_MS + self._random_ms())

    def report(self):
        """Publish what the node runs and how it is."""
        if self._broker is None:
            return
        version = install.version(install.SRC)
        state = {
            "node": self._values["controllerName"],
            "online": True,
            "version": version,
            "previous": install.version(install.PREV),
            "state": "none" if version is None else "confirmed",
            "ref": self._values["gogsBranch"],
            "error": self._error,
            "boots": None,
            "heap": gc.mem_free(),
            "firmware": "%d.%d.%d" % sys.implementation[1][:3],
            "since": self._since,
        }
        self._broker.publish("ota/state", json.dumps(state), True)

    def _connect(self, shared):
        name = self._values["controllerName"]
        self._log("WiFi", shared["wifiAP"], wifi.connect(shared, name, self._dog))
        if shared["ntp_host"] and not clock.is_set():
            clock.synchronize(shared["ntp_host"], self._log)
            self._dog.feed()
        if clock.is_set():
            self._since = self._clock.dateTimeIso()
        broker = Broker(name, shared, self._dog, self._log)
        broker.on_lost = self._lost
        broker.connect()
        self._log("broker", shared["mqtt_ip"])
        self._broker = broker
        self._dog.on_feed = broker.tick

    def _update(self, sink):
        buf = bytearray(_BUFFER)
        values = self._values
        log = Log(sink, "OTAUpdater")
        gogs = Gogs(
            values["gogsRemote"],
            values["gogsToken"],
            min(values["httpTimeout"], _TIMEOUT_LIMIT),
            self._dog.feed,
            buf,
            values["gogsCa"] or None,
        )
        updater = Updater(gogs, values["gogsBranch"], self._dog, log, buf)
        try:
            updater.update()
        except Exception as error:
            # Whatever it was: there is a version that runs.
            self._error = describe(error)
            log.warning("no update:", self._error)
        self._broker.publish("boot/status", "OTA_OK" if self._error is None else "OTA_error")
        self.report()
        return updater

    def _environment(self, updater, sink):
        env = dict(self._values)
        env["requests"] = requests
        env["log"] = Log(sink, "main")
        env["time"] = self._clock
        env["updater"] = updater
        env["wdt"] = self._dog
        env["mqtt_pub"] = self._broker.publish
        env["mqtt_ping"] = self._broker.ping
        env["mqtt_sub"] = self._broker.subscribe
        env["mqtt_check_msg"] = self._broker.check
        return env

    def _run(self, env):
        self._log("starting src.main", install.version(install.SRC))
        gc.collect()
        self._dog.window(self._values["watchdogTimeout"] * 1000)
        import src.main

        src.main.start(env)
        raise OtaError("the application came to its end")

    def _random_ms(self):
        return random.getrandbits(16) * self._jitter_ms >> 16

    def _lost(self, error):
        """Start again when the broker is gone: that is also how people trigger an update."""
        self._broker = None
        self._log.warning("the broker is gone, resetting:", repr(error))
        self._dog.window(watchdog.BOOT_MS)
        self._dog.wait(self._random_ms())
        machine.reset()


def _live(dog):
    node = Node(dog)
    try:
        node.boot()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        dog.window(watchdog.BOOT_MS)
        sys.print_exception(error)
        node.fail(error)
    node.wait()


def run():
    """Run the node. Only Ctrl-C ends at the prompt; all else ends in a reset."""
    dog = watchdog.Watchdog()
    try:
        _live(dog)
    except KeyboardInterrupt:
        dog.on_feed = None
        dog.window(watchdog.CONSOLE_MS)
        print("Stopped. The watchdog resets the node in", watchdog.CONSOLE_MS // 60000, "minutes.")
        return
    except BaseException as error:
        # For want of memory, even saying what went wrong can go wrong.
        sys.print_exception(error)
    machine.reset()
