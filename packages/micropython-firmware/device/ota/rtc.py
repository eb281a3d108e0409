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
            stored = json.loads(machine.RTC().memory())
            # Power came on, or somebody else wrote there: then one of these raises.
            sum(stored[:3]), "".join(stored[5])
            self.boots, self.fails, self.crashes, self.phase, self.cmd, self.lines = stored
        except Exception:
            pass
        self.boots += 1
        # The life that ended in this boot: where it was when the watchdog came, and what it said.
        cause = machine.reset_cause()
        self.hung = self.phase if cause == machine.WDT_RESET else None
        if cause == machine.DEEPSLEEP_RESET:
            # The application put itself to sleep.
            self.crashes = 0
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
