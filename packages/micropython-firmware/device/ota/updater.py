"""Brings /src to the commit that the branch points to; applications get it as `env["updater"]`."""

import gc
import os

import machine
from micropython import const

from ota import blob, install, tree, watchdog
from ota.errors import OtaError, Refused

_ATTEMPTS = const(3)
_PAUSE_MS = const(1000)
_ENOSPC = const(28)
_LFS = b"version https://git-lfs.github.com/spec/v1"


class Updater:
    """Installs what changed. Whatever goes wrong, the running version stays as it is."""

    def __init__(self, gogs, branch, dog, log, buf):
        self._gogs = gogs
        self._branch = branch
        self._dog = dog
        self._log = log
        self._buf = buf
        self._view = memoryview(buf)

    def compare(self):
        """Return the commit id that is installed, or None, and the one that should be."""
        window = self._dog.window(watchdog.BOOT_MS)
        try:
            wanted = self._retry(self._gogs.head, self._branch)
        finally:
            self._gogs.close()
            self._dog.window(window)
        return install.version(install.SRC), wanted

    def checkForUpdate(self):  # noqa: N802 (the seed's name)
        """Reset the node if there is something to install: the boot that follows does it."""
        installed, wanted = self.compare()
        if installed != wanted:
            self._log("there is an update to", wanted)
            machine.reset()

    def update(self):
        """Install the branch's commit if it is not the installed one; returns whether it did."""
        window = self._dog.window(watchdog.BOOT_MS)
        try:
            return self._update()
        finally:
            self._gogs.close()
            self._dog.window(window)

    def _update(self):
        wanted = self._retry(self._gogs.head, self._branch)
        installed = install.version(install.SRC)
        if installed == wanted:
            self._log("up to date at", wanted)
            return False
        self._log("updating from", installed, "to", wanted)
        try:
            self._stage(wanted)
            install.seal(wanted)
        except Exception:
            self._discard()
            raise
        install.swap(self._dog.feed)
        self._log("installed", wanted)
        return True

    def _stage(self, commit):
        self._discard()
        self._retry(tree.write_plan, self._gogs, commit)
        os.mkdir(install.NEXT)
        with open(tree.PLAN, "rb") as plan:
            while True:
                line = plan.readline()
                if not line:
                    break
                kind, size, blob_id, path = tree.parse(line)
                if kind == "d":
                    os.mkdir(install.NEXT + "/" + path)
                elif not self._copy(path, size, blob_id):
                    self._retry(self._fetch, commit, path, size, blob_id)
                self._dog.feed()
                gc.collect()
        os.remove(tree.PLAN)

    def _discard(self):
        install.remove(install.NEXT, self._dog.feed)
        if install.exists(tree.PLAN):
            os.remove(tree.PLAN)

    def _copy(self, path, size, blob_id):
        """Take a file from the running version if its bytes are the wanted ones."""
        source = install.SRC + "/" + path
        if install.file_size(source) != size:
            return False
        return blob.copy(source, install.NEXT + "/" + path, size, blob_id, self._buf)

    def _fetch(self, commit, path, size, blob_id):
        """Download a file, and check it while it is being written."""
        name = tree.FOLDER + "/" + path
        self._log("fetching", name)
        content = blob.Blob(size)
        with self._gogs.file(commit, name) as response:
            if response.length not in (None, size):
                raise OtaError("%s has another length than its commit says" % name)
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
                        raise OtaError("%s is longer than its commit says" % name)
                    file.write(data)
        if content.left:
            raise OtaError("%s was cut short" % name)
        if content.id() != blob_id:
            raise OtaError("%s is not what its commit says (wrong hash)" % name)

    def _retry(self, action, *args):
        """Try a few times; what was refused is not tried again."""
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                return action(*args)
            except Refused:
                raise
            except (OtaError, OSError) as error:
                self._gogs.close()
                if attempt == _ATTEMPTS:
                    raise
                self._log("trying again after", describe(error))
            self._dog.wait(_PAUSE_MS * attempt)


def describe(error):
    """Say what went wrong in words; errors of the network have only a number."""
    if isinstance(error, OtaError):
        return str(error)
    if isinstance(error, OSError) and error.errno == _ENOSPC:
        return "the flash is full"
    return "%s: %s" % (type(error).__name__, error)
