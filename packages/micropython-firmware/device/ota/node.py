"""From boot to the application: the node's whole life between two resets."""

import gc
import json
import random
import sys
import time

import machine
from micropython import const

from ota import OtaError, blob, clock, describe, install, settings, wifi
from ota.broker import Broker
from ota.log import Log, Sink
from ota.requests import requests
from ota.rtc import Memory
from ota.stream import Stream
from ota.trial import Journal
from ota.updater import Updater
from ota.watchdog import BOOT_MS, CONSOLE_MS, watchdog

_PAUSE_MS = const(10000)
_LONGEST_PAUSE_MS = const(300000)
# Shifting by more makes no difference but a long number.
_DOUBLINGS = const(6)
# How long a version that nobody put on trial has to run to count as one that does not crash.
_SOUND_S = const(30)
_BROKER_TIMEOUT = const(3)
# The longest id of a command, with its quotes.
_ID = const(66)


def _pause_ms(count):
    """Return how long to wait after so many failures in a row."""
    return min(_PAUSE_MS << min(count, _DOUBLINGS), _LONGEST_PAUSE_MS)


class Node:
    """What the parts of the node need from each other."""

    def __init__(self):
        self._clock = clock.Time()
        self._memory = Memory()
        self._sink = Sink(self._clock, self._memory)
        self._log = Log(self._sink, "boot")
        self._journal = Journal()
        self._broker = self._updater = None
        # Why the last thing failed; when the broker was reached; when the application started;
        # when to look for an update that somebody asked for.
        self._error = self._since = self._started = self._due = None
        self._busy = self._jitter_ms = 0

    def boot(self):
        """Go from the reset to the application; raises what cannot be helped but by a reset."""
        done = install.recover(self._journal)
        if done:
            self._log.warning(done)
            self._memory.crashes = 0
        values, wrong = settings.node()
        if wrong:
            self._log.warning(wrong)
        self._values = values
        self._shared = shared = settings.wifi()
        self._sink.configure(values["debug"], values["logInclude"], values["logExclude"])
        self._jitter_ms = values["resetJitter"] * 1000
        timeout = min(_BROKER_TIMEOUT, values["watchdogTimeout"] / 2)
        broker = Broker(values["controllerName"], shared, timeout, self._log, self._lost)
        self._broker = broker
        self._sink.publish = broker.publish
        try:
            self._connect(shared, values["controllerName"])
        except (OtaError, OSError) as error:
            if not self._may_run_offline():
                raise
            self._error = describe(error)
            self._log.warning("starting without the broker:", self._error)
        if wrong:
            raise wrong
        self._update()
        self._run()

    def fail(self, error):
        """Say what ended the node's life, where anybody may listen."""
        self._error = describe(error)
        if self._started is not None:
            self._journal.fail(install.installed(), self._error)
            self._started = None
            # The next start waits for itself.
            self._memory.fails = 0
        self._log.warning(self._error)
        self.report()

    def wait(self):
        """Wait before the reset: the longer, the more often the broker was not reached."""
        wait_ms = _pause_ms(max(0, self._memory.fails - 1)) + self._random_ms()
        self._log("resetting in %d s" % (wait_ms // 1000))
        watchdog.wait(wait_ms)

    def report(self, error=None):
        """Publish what the node runs and how it is, and once what came of a command."""
        if not self._broker:
            return
        version = install.installed()
        state = {
            "node": self._values["controllerName"],
            "online": True,
            "version": version,
            "previous": install.installed(install.PREV),
            "state": self._journal.state(version),
            "ref": self._updater and self._updater.ref,
            "error": error or self._error,
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

    def _connect(self, shared, name):
        """Join the network and wait for the broker. Each try counts as failed until it is not."""
        memory = self._memory
        if memory.hung == "broker" and self._may_run_offline():
            raise OtaError("the last try hung")
        memory.fails += 1
        memory.enter("wifi")
        self._log("WiFi", shared["wifiAP"], wifi.connect(shared, name))
        if shared["ntp_host"] and not clock.is_set() and memory.hung != "time":
            memory.enter("time")
            clock.synchronize(shared["ntp_host"], self._log)
            watchdog.feed()
        if clock.is_set():
            self._since = self._clock.dateTimeIso()
        memory.enter("broker")
        broker = self._broker
        at_once = broker.connect()
        memory.fails = 0
        memory.enter(None)
        self._log("broker", shared["mqtt_ip"])
        watchdog.on_feed = self._fed
        self._told = broker.take_orders()
        for line in memory.before:
            broker.publish("ota/log", line)
        if not at_once:
            # So did all nodes, and they must not all ask for an update in the same second.
            wait_ms = self._random_ms()
            self._log("waited for the broker: update in %d ms" % wait_ms)
            watchdog.wait(wait_ms)

    def _update(self):
        memory = self._memory
        log = Log(self._sink, "OTAUpdater")
        self._updater = Updater(self._values, log, self._journal, memory)
        if not self._broker.up:
            return
        self._orders()
        try:
            if memory.hung == "update":
                raise OtaError("the last try hung")
            if not self._told:
                raise OtaError("ota/target could not be read")
            memory.enter("update")
            if self._updater.update():
                memory.crashes = 0
        except Exception as error:
            # Whatever it was: there is a version that runs.
            self._error = describe(error)
            log.warning("no update:", self._error)
        memory.enter(None)
        self._broker.publish("boot/status", "OTA_error" if self._error else "OTA_OK")
        self.report()

    def _run(self):
        memory = self._memory
        if memory.crashes > 1:
            pause = _pause_ms(memory.crashes - 2)
            self._log.warning("%d crashes: waiting %d s" % (memory.crashes, pause // 1000))
            watchdog.wait(pause)
        version = install.installed()
        self._log("starting src.main", version)
        memory.crashes += 1
        memory.enter("main")
        if not self._journal.start(version):
            self._journal.left = 0
            self._journal.error = "it filled the flash"
            if install.recover(self._journal):
                raise OtaError("%s failed: %s" % (version, self._journal.error))
        self._looked = self._started = time.ticks_ms()
        watchdog.on_feed = self._fed
        broker = self._broker
        env = dict(self._values)
        env.update(
            requests=requests,
            log=Log(self._sink, "main"),
            time=self._clock,
            updater=self._updater,
            wdt=watchdog,
            mqtt_pub=broker.publish,
            mqtt_ping=broker.ping,
            mqtt_sub=broker.subscribe,
            mqtt_check_msg=broker.check,
        )
        gc.collect()
        # Compiling it may take longer than one round of it.
        import src.main

        watchdog.window(self._values["watchdogTimeout"] * 1000)
        src.main.start(env)
        raise OtaError("the application ended")

    def _fed(self):
        """Look after everything else while the application says that all is well."""
        broker = self._broker
        broker.tick()
        if self._busy or broker.busy or self._started is None or self._updater.busy:
            return
        self._busy = True
        try:
            self._prove()
            if broker.up:
                self._orders()
                if self._due is not None and clock.since(self._due) >= 0:
                    self._check()
            else:
                self._look_for_broker()
        finally:
            self._busy = False

    def _prove(self):
        """Call the version a good one when it has been feeding the watchdog for long enough."""
        memory = self._memory
        seconds = self._values["trialSeconds"]
        age_ms = clock.since(self._started)
        if memory.phase != "main" or age_ms < (seconds or _SOUND_S) * 1000:
            return
        memory.crashes = 0
        memory.enter("sound")
        if seconds and self._updater.confirm():
            self._log("confirmed", install.installed())
            self.report()

    def _orders(self):
        """Do what people said by MQTT. What was retained is no command, but may be the target."""
        orders = self._broker.orders
        while orders:
            topic, message, retained = orders.pop(0)
            try:
                order = json.loads(message or "null")
            except ValueError:
                order = message
            members = order if isinstance(order, dict) else {}
            if topic.startswith(b"ota/target/"):
                self._target(members.get("commit", order))
                if self._started is not None and not retained:
                    self._check_later()
            elif not retained and "cmd" in members:
                self._command(members["cmd"], members.get("id"))
            elif not retained:
                self._log.warning("a command without 'cmd'")

    def _target(self, commit):
        good = blob.is_id(commit)
        self._updater.target = commit if good else None
        if commit and not good:
            self._log.warning("ota/target is no commit id")

    def _command(self, name, command_id):
        # It has to fit into the RTC's memory, whatever somebody made up.
        self._memory.cmd = command_id if len(json.dumps(command_id)) <= _ID else None
        self._memory.save()
        self._log("command", name)
        error = None
        if name == "check":
            if self._started is not None:
                self._check_later()
                return
        elif name == "rollback" and not install.rollback(self._journal):
            error = "there is no previous version to return to"
        elif name in ("rollback", "reset"):
            self._reset()
        else:
            error = "there is no command '%s'" % name
        if error:
            self._log.warning(error)
        self.report(error)

    def _check_later(self):
        """Look for an update soon, and meanwhile let the application go on."""
        self._due = time.ticks_add(time.ticks_ms(), self._random_ms())

    def _check(self):
        self._due = failure = None
        try:
            if self._updater.checkForUpdate():
                self._error = None
        except Exception as error:
            failure = describe(error)
        self.report(failure)

    def _look_for_broker(self):
        """Without a broker: see now and then whether it is there again."""
        if clock.since(self._looked) < self._values["offlineCheck"] * 1000:
            return
        self._looked = time.ticks_ms()
        shared = self._shared
        window = watchdog.window(BOOT_MS)
        try:
            wifi.connect(shared, self._values["controllerName"])
            Stream(shared["mqtt_ip"], shared["mqtt_port"], 1).close()
        except (OtaError, OSError):
            return
        finally:
            watchdog.window(window)
        self._log("the broker is back, resetting")
        self._reset()

    def _lost(self, error):
        """Start again when the broker is gone: that is also how people trigger an update."""
        watchdog.on_feed = None
        self._log.warning("the broker is gone, resetting:", describe(error))
        watchdog.window(BOOT_MS)
        self._reset()

    def _random_ms(self):
        return random.getrandbits(16) * self._jitter_ms >> 16

    def _reset(self):
        """Start again, but not all nodes of a site at once. The application is not to blame."""
        if self._started is not None:
            self._memory.crashes = max(0, self._memory.crashes - 1)
            self._journal.give_back(install.installed())
        watchdog.wait(self._random_ms())
        self._memory.save()
        machine.reset()


def run():
    """Run the node. Only Ctrl-C ends at the prompt; all else ends in a reset."""
    try:
        watchdog.window(BOOT_MS)
        node = Node()
        try:
            node.boot()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            watchdog.window(BOOT_MS)
            sys.print_exception(error)
            node.fail(error)
        node.wait()
    except KeyboardInterrupt:
        watchdog.on_feed = None
        watchdog.window(CONSOLE_MS)
        print("Stopped. The watchdog resets it in 10 minutes.")
        return
    except BaseException as error:
        # For want of memory, even saying what went wrong can go wrong.
        sys.print_exception(error)
        time.sleep(10)
    machine.reset()
