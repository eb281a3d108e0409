"""Puts the modules of an ESP32's firmware in place before boot.py runs.

They are imported once from the folder /firmware, which then disappears: what a program sees
afterwards is the node's flash at / and these modules, as on a board.
"""

import sys

# Modules the WebAssembly port lacks, under their own names.
_ADDED = (
    "machine",
    "network",
    "socket",
    "tls",
    "ssl",
    "esp32",
    "ntptime",
    "umqtt.simple",
    "umqtt.robust",
)
# Modules it has, but with the port's own idea of them; each `fw_` file starts from the port's
# module.
_REPLACED = ("time", "os", "hashlib", "select", "micropython", "sys")
# Names from before MicroPython 1.21 that programs still use.
_OLD_NAMES = ("time", "os", "hashlib", "select", "socket", "machine")


def install():
    """Import all of them, mount the flash at / and forget where they came from."""
    import vfs

    for name in _REPLACED:
        sys.modules[name] = _import("fw_" + name)
        del sys.modules["fw_" + name]
    for name in _ADDED:
        _import(name)
    for name in _OLD_NAMES:
        sys.modules["u" + name] = sys.modules[name]
    sys.path.remove("/firmware")
    vfs.umount("/")
    vfs.mount(vfs.VfsPosix("/flash"), "/")
    sys.modules["os"].chdir("/")


def run(name, namespace):
    """Run a file of the flash at module level, as the board does with boot.py and main.py."""
    with open(name) as f:
        source = f.read()
    exec(compile(source, name, "exec"), namespace)


def _import(name):
    module = __import__(name)
    return sys.modules.get(name, module)
