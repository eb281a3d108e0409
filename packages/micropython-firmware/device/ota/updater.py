"""Brings /src to the wanted commit; applications get it as `env["updater"]`."""

import gc
import os
import time

import machine
from micropython import const

from ota import blob, install, release, tree, watchdog
from ota.errors import Mismatch, OtaError, Refused

_ATTEMPTS = const(3)
_PAUSE_MS = const(1000)
_LIMIT_MS = const(600000)
# So often a version has to crash before the node looks whether its files are still whole.
_SUSPECT = const(3)
_ENOSPC = const(28)
_LFS = b"version https://git-lfs.github.com/spec/v1"


class Updater:
    """Installs what changed. Whatever goes wrong, the running version stays as it is."""

    def __init__(self, gogs, values, dog, log, buf, journal, crashes=0):
        self.ref = None
        self.target = None
        self._gogs = gogs
        self._values = values
        self._dog = dog
        self._log = log
        self._buf = buf
        self._view = memoryview(buf)
        self._journal = journal
        self._crashes = crashes

    def compare(self):
        """Return the commit id that is installed, or None, and the one that should be."""
        return self._bounded(self._compare)

    def checkForUpdate(self):  # noqa: N802 (the seed's name)
        """Reset the node if there is something to install: the boot that follows does it."""
        installed, wanted = self.compare()
        if installed != wanted and wanted not in self._journal.bad:
            self._log("there is an update to", wanted)
            machine.reset()

    def confirm(self):
        """Say that the version that runs is a good one: its trial is over."""
        return self._journal.confirm(install.version(install.SRC))

    def update(self):
        """Install the wanted commit if it is not the installed one; returns whether it did."""
        return self._bounded(self._update)

    def steps(self):
        """Do the update bit by bit: a generator whose every step takes little memory."""
        installed, wanted = self._compare()
        if installed == wanted:
            if self._crashes < _SUSPECT or tree.is_whole(install.SRC, self._buf):
                self._log("up to date at", wanted)
                return
            self._log.warning("files of", wanted, "are damaged")
        if wanted in self._journal.bad:
            why = self._journal.error or "it did not come to its confirmation"
            raise Refused("%s failed on this node and is not taken again: %s" % (wanted, why))
        yield from self._retry(self._check_age, wanted)
        self._log("updating from", installed, "to", wanted)
        try:
            yield from self._stage(wanted)
        except (Refused, Mismatch):
            # The list may be what is wrong: the next look must not go on with it.
            self._discard()
            raise
        except OSError as error:
            if error.errno == _ENOSPC:
                self._discard()
            raise
        self._journal.begin(wanted, self._values["trialBoots"])
        install.seal(wanted)
        install.swap(self._journal, self._dog.feed)
        self._log("installed", wanted)

    def _bounded(self, action):
        window = self._dog.window(watchdog.BOOT_MS)
        try:
            return action()
        finally:
            self._gogs.close()
            self._dog.window(window)

    def _compare(self):
        found = []
        for commit in self._retry(self._resolve):
            found.append(commit)
        return install.version(install.SRC), found[-1]

    def _update(self):
        before = install.version(install.SRC)
        start = time.ticks_ms()
        for _ in self.steps():
            self._dog.feed()
            if before and time.ticks_diff(time.ticks_ms(), start) > _LIMIT_MS:
                raise OtaError("the update takes too long; it goes on after the next reset")
        return install.version(install.SRC) != before

    def _resolve(self):
        """Yield the wanted commit."""
        kind, argument = release.parse(self._values["gogsTrack"])
        if self.target is not None:
            kind, argument = "commit", self.target
        self._kind = kind
        self._older = False
        self.ref = argument
        if kind == "commit":
            yield argument
        elif kind == "tag":
            yield self._gogs.ref("tags", argument)
        elif kind == "latest":
            installed = install.version(install.SRC)
            self.ref, commit, self._older = release.latest(self._gogs.tags(), argument, installed)
            yield commit
        else:
            self.ref = self._values["gogsBranch"]
            yield self._gogs.ref("heads", self.ref)

    def _check_age(self, wanted):
        """Refuse what is older than the installed version, unless it was asked for by name."""
        self._date = ""
        if self._kind == "branch":
            yield
            self._date = self._gogs.date(wanted)
            self._older = self._date < tree.date_of(install.SRC)
        if self._older and not self._values["allowDowngrade"]:
            raise Refused("%s is older than what runs: allowDowngrade is off" % wanted)

    def _stage(self, commit):
        if not tree.is_of(commit):
            self._discard()
            os.mkdir(install.NEXT)
            yield from self._retry(tree.write, self._gogs, commit, self._date)
        self._make_room()
        for kind, size, blob_id, path in tree.lines(tree.PLAN):
            staged = install.NEXT + "/" + path
            if kind == "f":
                if not blob.copy(staged, None, size, blob_id, self._buf) and not blob.copy(
                    install.SRC + "/" + path, staged, size, blob_id, self._buf
                ):
                    yield from self._retry(self._fetch, commit, path, size, blob_id)
            elif path and not install.exists(staged):
                os.mkdir(staged)
            gc.collect()
            yield

    def _discard(self):
        install.drop(install.NEXT, self._dog.feed)

    def _make_room(self):
        """Check that all files fit, before the first is written."""
        block = os.statvfs("/")[0]
        needed = 4 * block
        for kind, size, _, path in tree.lines(tree.PLAN):
            if kind == "f":
                if not install.exists(install.NEXT + "/" + path):
                    needed += (size // block + 1) * block
            else:
                needed += 2 * block
        installed = install.version(install.SRC)
        if needed > _free() and installed and installed == self._journal.good:
            # What runs is good, and takes the place of the version before it anyway.
            install.drop(install.PREV, self._dog.feed)
        if needed > _free():
            raise Refused("the flash is full: %d bytes needed, %d free" % (needed, _free()))

    def _fetch(self, commit, path, size, blob_id):
        """Download a file, and check it while it is being written."""
        name = tree.FOLDER + "/" + path
        self._log("fetching", name)
        content = blob.Blob(size)
        with self._gogs.file(commit, name) as response:
            if response.length not in (None, size):
                raise Mismatch("%s has another length than its commit says" % name)
            with open(install.NEXT + "/" + path, "wb") as file:
                while True:
                    count = response.readinto(self._buf)
                    if count == 0:
                        break
                    data = self._view if count == len(self._buf) else self._view[:count]
                    if content.left == size and bytes(data[: len(_LFS)]) == _LFS:
                        raise Refused("%s is a Git LFS pointer, not the file itself" % name)
                    content.update(data)
                    if content.left < 0:
                        raise Mismatch("%s is longer than its commit says" % name)
                    file.write(data)
                    yield
        if content.left:
            raise Mismatch("%s was cut short" % name)
        if content.id() != blob_id:
            raise Mismatch("%s is not what its commit says (wrong hash)" % name)

    def _retry(self, steps, *args):
        """Try a few times; what was refused is not tried again."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                yield from steps(*args)
                return
            except Refused:
                raise
            except (OtaError, OSError) as error:
                self._gogs.close()
                if attempt == _ATTEMPTS or (isinstance(error, OSError) and error.errno == _ENOSPC):
                    raise
                self._log("trying again after", describe(error))
            self._dog.wait(_PAUSE_MS * attempt)


def _free():
    status = os.statvfs("/")
    return status[0] * status[3]


def describe(error):
    """Say what went wrong in words; errors of the network have only a number."""
    if isinstance(error, OtaError):
        return str(error)
    if isinstance(error, OSError) and error.errno == _ENOSPC:
        return "the flash is full"
    return "%s: %s" % (type(error).__name__, error)
