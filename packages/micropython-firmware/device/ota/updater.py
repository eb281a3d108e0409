"""Brings /src to the wanted commit; applications get it as `env["updater"]`."""

import gc
import os
import time

import machine
from micropython import const

from ota import (
    ENOSPC,
    Mismatch,
    OtaError,
    Refused,
    blob,
    clock,
    describe,
    install,
    release,
    sign,
    tree,
)
from ota.gogs import Gogs
from ota.watchdog import BOOT_MS, watchdog

_ATTEMPTS = const(3)
_PAUSE_MS = const(1000)
_LIMIT_MS = const(600000)
_BUFFER = const(1024)
# So many bytes are allocated before the next collection: memory does not fall to pieces.
_GARBAGE = const(8192)
# More would not fit into the watchdog's window.
_TIMEOUT_LIMIT = const(10)
# So often a version has to crash before the node looks whether its files are still whole.
_SUSPECT = const(3)


class Updater:
    """Installs what changed. Whatever goes wrong, the running version stays as it is."""

    def __init__(self, values, log, journal, memory):
        self.ref = self.target = None
        # Nothing else may be asked of Gogs meanwhile.
        self.busy = False
        self._values = values
        self._log = log
        self._journal = journal
        self._memory = memory
        self._buf = bytearray(_BUFFER)
        self._gogs = Gogs(
            values["gogsRemote"],
            values["gogsToken"],
            min(values["httpTimeout"], _TIMEOUT_LIMIT),
            self._buf,
            values["gogsCa"],
        )

    def compare(self):
        """Return the commit id that is installed, or None, and the one that should be."""
        return self._run(self._compare())

    def checkForUpdate(self):  # noqa: N802 (the seed's name)
        """Reset the node if there is something to install: the boot that follows does it.

        Returns whether the version that runs is the wanted one.
        """
        installed, wanted = self.compare()
        if installed != wanted and wanted not in self._journal.bad:
            self._log("there is an update to", wanted)
            machine.reset()
        return installed == wanted

    def confirm(self):
        """Say that the version that runs is a good one: its trial is over."""
        self._memory.crashes = 0
        self._memory.save()
        return self._journal.confirm(install.installed())

    def update(self):
        """Install the wanted commit if it is not the installed one; returns whether it did."""
        return self._run(self.steps())

    def steps(self):
        """Do the update bit by bit: a generator whose every step takes little memory."""
        installed, wanted = yield from self._compare()
        if installed == wanted:
            if self._memory.crashes < _SUSPECT or (yield from tree.is_whole(self._buf)):
                self._log("up to date at", wanted)
                return False
            self._log.warning("files of", wanted, "are damaged")
        if wanted in self._journal.bad:
            why = self._journal.error or "it was not confirmed"
            raise Refused("%s failed on this node and is not taken again: %s" % (wanted, why))
        date = yield from self._retry(self._check_age, wanted)
        self._log("updating from", installed, "to", wanted)
        try:
            yield from self._stage(wanted, date)
        except (OtaError, OSError) as error:
            # The list may be what is wrong: the next look must not go on with it.
            if isinstance(error, (Refused, Mismatch)) or _is_full(error):
                install.drop(install.NEXT)
            raise
        # Until the swap the version that runs may be on trial itself.
        self._journal.boots = self._values["trialBoots"]
        kept = self._journal.save()
        if kept:
            install.seal(wanted)
        if not (kept and install.swap(self._journal)):
            raise OSError(ENOSPC)
        self._log("installed", wanted)
        return installed != wanted

    def _run(self, steps):
        """Take all steps, but not for ever while there is a version that could run."""
        window = watchdog.window(BOOT_MS)
        threshold = gc.threshold()
        gc.threshold(_GARBAGE)
        self.busy = True
        start = time.ticks_ms()
        try:
            while True:
                next(steps)
                watchdog.feed()
                late = clock.since(start) > _LIMIT_MS
                if late and install.exists(install.SRC):
                    raise OtaError("too long: it goes on after a reset")
        except StopIteration as end:
            return end.value
        finally:
            self.busy = False
            steps.close()
            self._gogs.close()
            gc.threshold(threshold)
            watchdog.window(window)

    def _compare(self):
        return install.installed(), (yield from self._retry(self._resolve))

    def _resolve(self):
        """Return the wanted commit."""
        yield
        kind, argument = release.parse(self._values["gogsTrack"])
        if self.target:
            kind, argument = "commit", self.target
        # Whether the wanted commit is older than what runs; None if its date has to tell.
        self._older = False
        self.ref = argument
        if kind == "commit":
            return argument
        if kind == "tag":
            return self._gogs.ref("tags", argument)
        if kind == "latest":
            installed = install.installed()
            self.ref, commit, self._older = release.latest(self._gogs.tags(), argument, installed)
            return commit
        self._older = None
        self.ref = self._values["gogsBranch"]
        return self._gogs.ref("heads", self.ref)

    def _check_age(self, wanted):
        """Refuse what is older than the installed version, unless it was asked for by name."""
        date = yield from self._gogs.date(wanted)
        older = self._older
        if older is None:
            older = clock.seconds(date) < clock.seconds(tree.head(install.SRC)[1])
        if older and not self._values["allowDowngrade"]:
            raise Refused(release.OLDER % wanted)
        return date

    def _stage(self, commit, date):
        """Fill /next with all files of a commit, beginning with what is there already."""
        if tree.head(install.NEXT)[0] != commit:
            install.drop(install.NEXT)
            yield from self._retry(tree.write, self._gogs, commit, date)
        if self._values["gogsKey"]:
            # Before any other of its files is taken.
            yield from sign.check(self._values, self._bring, commit)
        yield from self._make_room()
        for kind, size, blob_id, path in tree.lines(install.NEXT, True):
            staged = install.NEXT + "/" + path
            if kind == "f":
                yield from self._bring(commit, size, blob_id, path)
            elif kind == "d" and path and not install.exists(staged):
                os.mkdir(staged)
            yield

    def _bring(self, commit, size, blob_id, path):
        """Have a file in /next: it is there, or /src has it, or it is downloaded."""
        staged = install.NEXT + "/" + path
        what = size, blob_id, self._buf
        if (yield from blob.copy(staged, None, *what)):
            return
        if not (yield from blob.copy(install.SRC + "/" + path, staged, *what)):
            yield from self._retry(self._fetch, commit, path, staged, *what)

    def _make_room(self):
        """Check that all files fit, before the first is written."""
        block = os.statvfs("/")[0]
        needed = 4 * block
        for kind, size, _, path in tree.lines(install.NEXT, True):
            if kind == "d":
                needed += 2 * block
            elif kind == "f" and not install.exists(install.NEXT + "/" + path):
                needed += (size // block + 1) * block
            yield
        if needed > _free():
            self._drop_previous()
            free = _free()
            if needed > free:
                raise Refused("the flash is full: %d bytes needed, %d free" % (needed, free))

    def _drop_previous(self):
        """Make room; returns whether that was possible."""
        installed = install.installed()
        if not (installed and installed == self._journal.good and install.exists(install.PREV)):
            return False
        # What runs is good, and takes the place of the version before it anyway.
        install.drop(install.PREV)
        return True

    def _fetch(self, commit, path, *file):
        """Download a file, and check it while it is being written."""
        name = "src/" + path
        self._log("fetching", name)
        with self._gogs.file(commit, name) as response:
            wrong = yield from blob.take(response, *file)
        if wrong:
            raise (Refused if wrong == blob.LFS else Mismatch)("%s %s" % (name, wrong))

    def _retry(self, action, *args):
        """Take the steps of an action, a few times; what was refused is not tried again."""
        attempt = 1
        while True:
            try:
                return (yield from action(*args))
            except Refused:
                raise
            except (OtaError, OSError) as error:
                self._gogs.close()
                full = _is_full(error) and not self._drop_previous()
                if attempt == _ATTEMPTS or full:
                    raise
                self._log("trying again after", describe(error))
            watchdog.wait(_PAUSE_MS * attempt)
            attempt += 1


def _is_full(error):
    return isinstance(error, OSError) and error.errno == ENOSPC


def _free():
    status = os.statvfs("/")
    return status[0] * status[3]
