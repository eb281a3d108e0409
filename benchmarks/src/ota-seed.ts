/**
 * What micropython-ota-updater-gogs does on the wire, written anew for this comparison: one connection for each request
 * (HTTP/1.0), a folder's whole content as base64 in one JSON, every folder again for every commit. Only the token travels in a
 * header here, since Gogs takes none in an address since v0.14.2.
 */
export const seedMain = `import binascii
import json
import os
import socket
import time

import network
import nodesettings
import wifisettings


def get(remote, path, token):
    scheme, rest = remote.split("//")
    authority, _, name = rest.partition("/")
    host, _, port = authority.partition(":")
    sock = socket.socket()
    sock.connect(socket.getaddrinfo(host, int(port or 80))[0][-1])
    head = "GET /api/v1/repos/%s%s HTTP/1.0\\r\\nHost: %s\\r\\nAuthorization: token %s\\r\\n\\r\\n"
    sock.write((head % (name, path, host, token)).encode())
    status = int(sock.readline().split(None, 2)[1])
    while sock.readline() not in (b"", b"\\r\\n"):
        pass
    body = sock.read()
    sock.close()
    if status != 200:
        raise ValueError(status)
    return body


def remove(path):
    if os.stat(path)[0] & 0x4000:
        for entry in os.listdir(path):
            remove(path + "/" + entry)
        os.rmdir(path)
    else:
        os.remove(path)


def download(values, commit, folder, target):
    path = "/contents/%s?ref=%s" % (folder, commit)
    for entry in json.loads(get(values["gogsRemote"], path, values["gogsToken"])):
        name = entry["name"]
        if entry["type"] == "file":
            with open(target + "/" + name, "wb") as file:
                file.write(binascii.a2b_base64(entry["content"].encode()))
        elif entry["type"] == "dir":
            os.mkdir(target + "/" + name)
            download(values, commit, folder + "/" + name, target + "/" + name)


def update():
    values = nodesettings.settings
    path = "/commits/refs/heads/" + values["gogsBranch"]
    commit = get(values["gogsRemote"], path, values["gogsToken"]).decode()
    try:
        with open("/src/.version") as file:
            if file.read() == commit:
                return
    except OSError:
        pass
    if "next" in os.listdir("/"):
        remove("/next")
    os.mkdir("/next")
    download(values, commit, "src", "/next")
    with open("/next/.version", "w") as file:
        file.write(commit)
    if "src" in os.listdir("/"):
        remove("/src")
    os.rename("/next", "/src")


wlan = network.WLAN(network.STA_IF)
wlan.active(True)
wlan.connect(wifisettings.settings["wifiAP"], wifisettings.settings["wifiPassword"])
while not wlan.isconnected():
    time.sleep_ms(20)
update()
print("UPDATED")
`;
