"""Log lines: on the console as the settings say, in a ring that survives a reset, and by MQTT."""

import re


def _matches(patterns, name):
    for pattern in patterns:
        if pattern.search(name):
            return True
    return False


class Sink:
    """Where the lines go: the console, `ring.line`, and `publish` for those that are loud."""

    def __init__(self, clock, ring):
        self.publish = None
        self._clock = clock
        self._ring = ring
        self.configure(True, (".*",), ())

    def configure(self, enabled, include, exclude):
        """Choose what is printed; the lists hold regular expressions on the names of logs."""
        self._enabled = enabled
        self._include = list(map(re.compile, include))
        self._exclude = list(map(re.compile, exclude))

    def write(self, name, args, loud=False):
        """Write a line, if it is loud or the settings want it."""
        wanted = self._enabled and not _matches(self._exclude, name)
        if not (loud or (wanted and _matches(self._include, name))):
            return None
        text = " ".join(map(str, args))
        line = "[%s][%s] %s" % (self._clock.dateTimeIso(), name, text)
        print(line)
        self._ring.line(line)
        if loud and self.publish:
            self.publish("ota/log", line)
        return line


class Log:
    """Call it with what is to be logged; `append` makes a log with a longer name instead."""

    def __init__(self, sink, name=""):
        self._sink = sink
        self._name = name

    def __call__(self, *args, append=None, name=""):
        more = append or name
        full_name = (self._name + ":" + more).strip(":")
        if append:
            return Log(self._sink, full_name)
        return self._sink.write(full_name, args)

    def warning(self, *args):
        """Log what a person has to know, whatever the filters say."""
        return self._sink.write(self._name, args, True)

    error = warning
