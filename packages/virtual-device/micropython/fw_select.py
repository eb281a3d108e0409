"""select on sockets, the console and any stream with an ioctl."""

from _node import text, wait

__name__ = "select"

POLLIN = 1
POLLOUT = 4
POLLERR = 8
POLLHUP = 16

_MP_STREAM_POLL = 3


class poll:
    def __init__(self):
        self._objects = []

    def register(self, obj, eventmask=POLLIN | POLLOUT):
        for entry in self._objects:
            if entry[0] is obj:
                entry[1] = eventmask
                return False
        self._objects.append([obj, eventmask])
        return True

    def unregister(self, obj):
        self._objects = [entry for entry in self._objects if entry[0] is not obj]

    def modify(self, obj, eventmask):
        for entry in self._objects:
            if entry[0] is obj:
                entry[1] = eventmask
                return
        raise OSError(2)

    def poll(self, timeout=-1):
        ready = []
        waiting = []
        for index, (obj, mask) in enumerate(self._objects):
            handle = getattr(obj, "_h", None)
            if handle is None:
                events = obj.ioctl(_MP_STREAM_POLL, mask) & (mask | POLLERR | POLLHUP)
                if events:
                    ready.append((obj, events))
            else:
                waiting.append("%d:%d:%d" % (index, handle, mask))
        wait("poll", " ".join(waiting), timeout=0 if ready else int(timeout))
        for item in text().split():
            index, events = item.split(":")
            ready.append((self._objects[int(index)][0], int(events)))
        return ready

    def ipoll(self, timeout=-1, flags=0):
        for item in self.poll(timeout):
            if flags & 1:
                self.modify(item[0], 0)
            yield item


def select(rlist, wlist, xlist, timeout=None):
    poller = poll()
    masks = {}
    for objects, mask in ((rlist, POLLIN), (wlist, POLLOUT), (xlist, POLLERR | POLLHUP)):
        for obj in objects:
            masks[id(obj)] = masks.get(id(obj), 0) | mask
            poller.register(obj, masks[id(obj)])
    found = poller.poll(-1 if timeout is None else int(timeout * 1000))
    readable = [obj for obj, events in found if obj in rlist and events & (POLLIN | POLLHUP)]
    writable = [obj for obj, events in found if obj in wlist and events & POLLOUT]
    failed = [obj for obj, events in found if obj in xlist and events & (POLLERR | POLLHUP)]
    return (readable, writable, failed)
