"""What survives a reset but no loss of power, in the memory of the RTC: it wears no flash."""

import json

import machine
from micropython import const

_SIZE = const(2000)
_LINE = const(160)


class Memory:
    """`boots` since power came on, `fails` to reach the broker and `crashes` in a row, the `phase`
    of the boot that is going on, `cmd`, the id of the last command, the last `lines` of the log.
    """

    def __init__(self):
        self.boots = self.fails = self.crashes = 0
        self.phase = self.cmd = None
        self.lines = []
        try:
            self.boots, self.fails, self.crashes, self.phase, self.cmd, self.lines = json.loads(
                machine.RTC().memory()
            )
        except (ValueError, TypeError):
            # Power came on, or somebody else wrote there.
            pass
        self.boots += 1
        # The life that ended in this boot: where it was when the watchdog came, and what it said.
        cut = machine.reset_cause() == machine.WDT_RESET
        self.hung = self.phase if cut else None
        self.before = self.lines
        self.lines = []
        self.enter(None)

    def save(self):
        while True:
            values = [self.boots, self.fails, self.crashes, self.phase, self.cmd, self.lines]
            data = json.dumps(values).encode()
            if len(data) <= _SIZE or not self.lines:
                break
            self.lines.pop(0)
        machine.RTC().memory(data[:_SIZE])

    def enter(self, phase):
        """Say what comes next, so that the boot after a watchdog's reset knows what hung."""
        self.phase = phase
        self.save()

    def line(self, text):
        self.lines.append(text[:_LINE])
        self.save()
