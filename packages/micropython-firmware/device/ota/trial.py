"""The journal /ota.json: which version is good, which is on trial, which are bad.

It is replaced as a whole, so that power may go at any time. What it says counts only for the
version that /src/.version names.
"""

import json
import os

from micropython import const

from ota import install

_FILE = "/ota.json"
_NEW = "/ota.json.new"
_BAD = const(8)
_BOOTS = const(3)


class Journal:
    """`good` was confirmed last; `trial` has `left` starts to be confirmed in; `bad` failed.

    `boots` are the starts of the next trial, and those of this one that may still be given back.
    """

    def __init__(self):
        self.good = self.trial = self.error = self.reverted = None
        self.left = 0
        self.boots = _BOOTS
        self.bad = []
        try:
            with open(_FILE) as file:
                values = json.load(file)
            self.left = int(values["left"])
            self.boots = int(values["boots"])
            self.bad = list(values["bad"])
            for key in ("good", "trial", "error", "reverted"):
                setattr(self, key, values[key])
        except Exception:
            # There is none yet, or somebody wrote something else: what runs is good.
            pass

    def save(self):
        """Write it down; returns whether that worked. A flash may be full, or worn out."""
        for _ in range(2):
            try:
                with open(_NEW, "w") as file:
                    file.write(json.dumps(self.__dict__))
                os.rename(_NEW, _FILE)
                return True
            except OSError:
                # What is staged can be fetched again.
                install.drop(install.NEXT)
        return False

    def begin(self, commit):
        """Put a version on trial that is about to be installed."""
        self.trial = commit
        self.left = self.boots
        self.error = self.reverted = None
        return self.save()

    def start(self, commit):
        """Count a start of the version that runs, if it is on trial; False if it cannot be."""
        if not self._tries(commit) or self.left <= 0:
            return True
        self.left -= 1
        return self.save()

    def give_back(self, commit):
        """Not count the last start: its end says nothing of the version. Not for ever, though."""
        if self._tries(commit) and self.boots > 0:
            self.boots -= 1
            self.left += 1
            self.save()

    def confirm(self, commit):
        """Call the version that runs a good one; returns whether it was on trial."""
        if not self._tries(commit):
            return False
        self.good = commit
        self.trial = self.error = None
        self.save()
        return True

    def condemn(self, commit):
        """Never run this version again while there is another."""
        if commit in self.bad:
            self.bad.remove(commit)
        self.bad = self.bad[1 - _BAD :]
        self.bad.append(commit)
        self.trial = None
        self.reverted = commit
        return self.save()

    def fail(self, commit, error):
        """Keep the reason of a failed trial for the report after it."""
        if self._tries(commit):
            self.error = error
            self.save()

    def state(self, commit):
        if not commit:
            return "none"
        return "trial" if self._tries(commit) else "reverted" if self.reverted else "confirmed"

    def _tries(self, commit):
        return commit and commit == self.trial
