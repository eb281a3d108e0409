"""What micropython-ota-updater-gogs does to the flash, written anew: /src is removed first."""

import os

from ota import OtaError, gogs, settings, wifi
from ota.watchdog import watchdog


def remove(path):
    if os.stat(path)[0] & 0x4000:
        for entry in os.listdir(path):
            remove(path + "/" + entry)
        os.rmdir(path)
    else:
        os.remove(path)


def download(repository, commit, tree, source, target):
    os.mkdir(target)
    entries = [dict(entry) for entry in repository.tree(tree)]
    for entry in entries:
        path = entry["path"]
        if entry["type"] == "tree":
            download(repository, commit, entry["sha"], source + "/" + path, target + "/" + path)
        else:
            with repository.file(commit, source + "/" + path) as response:
                content = response.read()
            with open(target + "/" + path, "wb") as file:
                file.write(content)


def update(values):
    remote, token = values["gogsRemote"], values["gogsToken"]
    repository = gogs.Gogs(remote, token, 10, bytearray(1024))
    commit = repository.ref("heads", values["gogsBranch"])
    try:
        with open("/src/.version") as file:
            if file.read() == commit:
                return
    except OSError:
        pass
    if "next" in os.listdir("/"):
        remove("/next")
    for entry in repository.tree(commit):
        if entry["path"] == "src":
            root = entry["sha"]
    download(repository, commit, root, "src", "/next")
    with open("/next/.version", "w") as file:
        file.write(commit)
    if "src" in os.listdir("/"):
        remove("/src")
    os.rename("/next", "/src")


class Updater:
    def confirm(self):
        pass


def run():
    import time

    watchdog.window(100000)
    values, _ = settings.node()
    try:
        wifi.connect(settings.wifi(), "lamp")
        update(values)
    except (OSError, OtaError) as error:
        print("no update:", error)
    try:
        import src.main

        src.main.start({"wdt": watchdog, "time": time, "updater": Updater()})
    except Exception as error:
        print("APP none", error)
