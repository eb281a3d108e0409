"""From boot to the application: the node's whole life between two resets."""

import gc
import json
import random
import sys
import time

import machine
from micropython import const

from ota import blob, clock, install, requests, settings, watchdog, wifi
from ota.broker import Broker
from ota.errors import OtaError
from ota.gogs import Gogs
from ota.log import Log, Sink
from ota.rtc import Memory
from ota.stream import Stream
from ota.trial import Journal
from ota.updater import Updater, describe

_PAUSE_MS = const(10000)
_LONGEST_PAUSE_MS = const(300000)
# Shifting by more makes no difference but a long number.
_DOUBLINGS = const(6)
# How long a version that nobody put on trial has to run to count as one that does not crash.
_SOUND_S = const(30)
_BUFFER = const(1024)
# More would not fit into the watchdog's window.
_TIMEOUT_LIMIT = const(10)
_BROKER_TIMEOUT = const(3)


def _pause_ms(count):
    """Return how long to wait after so many failures in a row."""
    return min(_PAUSE_MS << min(count, _DOUBLINGS), _LONGEST_PAUSE_MS)


class Node:
    """What the parts of the node need from each other."""

    def __init__(self, dog):
        self._dog = dog
        self._clock = clock.Time()
        self._memory = Memory()
        self._sink = Sink(self._clock, self._memory)
        self._log = Log(self._sink, "boot")
        self._journal = Journal()
        self._values = self._shared = self._broker = self._updater = None
        self._error = self._since = self._started = None
        self._offline = self._busy = False
        self._looked = 0

    def boot(self):
        """Go from the reset to the application; raises what cannot be helped but by a reset."""
        done = install.recover(self._journal, self._dog.feed)
        if done is not None:
            self._log.warning(done)
            self._memory.crashes = 0
        values = self._values = settings.node()
        self._shared = settings.wifi()
        self._sink.configure(values["debug"], values["logInclude"], values["logExclude"])
        try:
            self._connect()
        except (OtaError, OSError) as error:
            if not self._may_run_offline():
                raise
            self._error = describe(error)
            self._log.warning("starting without the broker:", self._error)
            self._broker = None
        self._update()
        self._run()

    def fail(self, error):
        """Say what ended the node's life, where anybody may listen."""
        self._error = describe(error)
        if self._started is not None:
            self._journal.fail(install.version(install.SRC), self._error)
            self._started = None
            # The next start waits for itself.
            self._memory.fails = 0
        self._log.warning(self._error)
        self.report()

    def wait(self):
        """Wait before the reset: the longer, the more often the broker was not reached."""
        self._dog.wait(_pause_ms(max(0, self._memory.fails - 1)) + self._random_ms())

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
            "state": self._journal.state(version),
            "ref": self._updater.ref if self._updater else None,
            "error": self._error,
            "boots": self._memory.boots,
            "heap": gc.mem_free(),
            "firmware": "%d.%d.%d" % sys.implementation[1][:3],
            "since": self._since,
            "cmd": self._memory.cmd,
        }
        self._broker.publish("ota/state", json.dumps(state), True)

    def _may_run_offline(self):
        return (
            self._values["offline"] == "run"
            and self._memory.fails >= self._values["offlineTries"]
            and install.exists(install.SRC)
        )

    def _connect(self):
        """Join the network and wait for the broker. Each try counts as failed until it is not."""
        shared = self._shared
        memory = self._memory
        name = self._values["controllerName"]
        if memory.hung == "broker" and self._may_run_offline():
            raise OtaError("the last try hung")
        memory.fails += 1
        memory.enter("wifi")
        self._log("WiFi", shared["wifiAP"], wifi.connect(shared, name, self._dog))
        if shared["ntp_host"] and not clock.is_set() and memory.hung != "time":
            memory.enter("time")
            clock.synchronize(shared["ntp_host"], self._log)
            self._dog.feed()
        if clock.is_set():
            self._since = self._clock.dateTimeIso()
        memory.enter("broker")
        timeout = min(_BROKER_TIMEOUT, self._values["watchdogTimeout"] / 2)
        broker = Broker(name, shared, timeout, self._dog, self._log)
        broker.on_lost = self._lost
        at_once = broker.connect()
        memory.fails = 0
        memory.enter(None)
        self._log("broker", shared["mqtt_ip"])
        self._broker = broker
        self._sink.publish = broker.publish
        self._dog.on_feed = self._fed
        broker.listen()
        for line in memory.before:
            broker.publish("ota/log", line)
        if not at_once:
            # So did all nodes, and they must not all ask for an update in the same second.
            wait_ms = self._random_ms()
            self._log("had to wait for the broker: looking for an update in %d ms" % wait_ms)
            self._dog.wait(wait_ms)

    def _update(self):
        buf = bytearray(_BUFFER)
        values = self._values
        memory = self._memory
        log = Log(self._sink, "OTAUpdater")
        gogs = Gogs(
            values["gogsRemote"],
            values["gogsToken"],
            min(values["httpTimeout"], _TIMEOUT_LIMIT),
            self._dog.feed,
            buf,
            values["gogsCa"] or None,
        )
        updater = Updater(gogs, values, self._dog, log, buf, self._journal, memory.crashes)
        self._updater = updater
        if self._broker is None:
            return
        self._orders(False)
        try:
            if memory.hung == "update":
                raise OtaError("the last look for an update hung until the watchdog ended it")
            memory.enter("update")
            if updater.update():
                memory.crashes = 0
        except Exception as error:
            # Whatever it was: there is a version that runs.
            self._error = describe(error)
            log.warning("no update:", self._error)
        memory.enter(None)
        self._broker.publish("boot/status", "OTA_OK" if self._error is None else "OTA_error")
        self.report()

    def _environment(self):
        env = dict(self._values)
        env["requests"] = requests
        env["log"] = Log(self._sink, "main")
        env["time"] = self._clock
        env["updater"] = self._updater
        env["wdt"] = self._dog
        broker = self._broker or Nobody()
        env["mqtt_pub"] = broker.publish
        env["mqtt_ping"] = broker.ping
        env["mqtt_sub"] = broker.subscribe
        env["mqtt_check_msg"] = broker.check
        return env

    def _run(self):
        memory = self._memory
        if memory.crashes > 1:
            pause = _pause_ms(memory.crashes - 2)
            self._log.warning("%d crashes: waiting %d s" % (memory.crashes, pause // 1000))
            self._dog.wait(pause)
        version = install.version(install.SRC)
        self._log("starting src.main", version)
        memory.crashes += 1
        memory.enter("main")
        self._journal.start(version)
        self._looked = self._started = time.ticks_ms()
        self._dog.on_feed = self._fed
        gc.collect()
        self._dog.window(self._values["watchdogTimeout"] * 1000)
        import src.main

        src.main.start(self._environment())
        raise OtaError("the application came to its end")

    def _fed(self):
        """Look after everything else while the application says that all is well."""
        if self._broker is not None:
            self._broker.tick()
        if self._busy or (self._broker is not None and self._broker.busy):
            return
        self._busy = True
        try:
            self._prove()
            if self._broker is not None and self._started is not None:
                self._orders(True)
            elif self._started is not None:
                self._look_for_broker()
        finally:
            self._busy = False

    def _prove(self):
        """Call the version a good one when it has been feeding the watchdog for long enough."""
        if self._started is None or self._memory.phase != "main":
            return
        seconds = self._values["trialSeconds"]
        age_ms = time.ticks_diff(time.ticks_ms(), self._started)
        if age_ms < (seconds or _SOUND_S) * 1000:
            return
        self._memory.crashes = 0
        self._memory.enter("sound")
        if seconds and self._updater.confirm():
            self._log("confirmed", install.version(install.SRC))
            self.report()

    def _orders(self, live):
        """Do what people said by MQTT. What was retained is no command, but may be the target."""
        while self._broker is not None and self._broker.orders:
            topic, message, retained = self._broker.orders.pop(0)
            if topic.startswith(b"ota/target/"):
                self._target(message)
                if live and not retained:
                    self._check()
            elif not retained:
                self._command(message)

    def _target(self, message):
        commit = None
        try:
            value = json.loads(message) if message else None
            commit = value.get("commit") if isinstance(value, dict) else value
        except ValueError:
            pass
        self._updater.target = commit if blob.is_id(commit) else None
        if message and self._updater.target is None:
            self._log.warning("ota/target holds no commit id")

    def _command(self, message):
        try:
            order = json.loads(message)
            name = order["cmd"]
        except (ValueError, KeyError, TypeError):
            self._log.warning("a command that is not JSON with a 'cmd'")
            return
        self._memory.cmd = order.get("id")
        self._log("command", name)
        if name == "rollback":
            if install.rollback(self._journal):
                self._reset()
            self._error = "there is no previous version to return to"
        elif name == "reset":
            self._reset()
        elif name != "check":
            self._error = "there is no command '%s'" % name
        elif self._started is not None:
            self._check()
        self._log.warning(self._error) if self._error else None
        self.report()

    def _check(self):
        self._dog.wait(self._random_ms())
        try:
            self._updater.checkForUpdate()
        except Exception as error:
            self._error = describe(error)

    def _reset(self):
        self._memory.save()
        machine.reset()

    def _look_for_broker(self):
        """Without a broker: see now and then whether it is there again."""
        now = time.ticks_ms()
        if time.ticks_diff(now, self._looked) < self._values["offlineCheck"] * 1000:
            return
        self._looked = now
        try:
            host, port = self._shared["mqtt_ip"], self._shared["mqtt_port"]
            Stream(host, port, 1, lambda: None).close()
        except (OtaError, OSError):
            return
        self._log("the broker is there again, resetting")
        self._dog.wait(self._random_ms())
        self._reset()

    def _random_ms(self):
        jitter_ms = self._values["resetJitter"] * 1000 if self._values else 0
        return random.getrandbits(16) * jitter_ms >> 16

    def _lost(self, error):
        """Start again when the broker is gone: that is also how people trigger an update."""
        self._broker = self._sink.publish = None
        self._log.warning("the broker is gone, resetting:", repr(error))
        self._memory.crashes = max(0, self._memory.crashes - 1)
        self._dog.window(watchdog.BOOT_MS)
        self._dog.wait(self._random_ms())
        self._reset()


class Nobody:
    """Takes a broker's place while there is none."""

    def publish(self, tag, data, retain=False):
        pass

    def ping(self):
        pass

    def subscribe(self, callback):
        pass

    def check(self):
        pass


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
