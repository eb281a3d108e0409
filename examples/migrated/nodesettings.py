"""As it was with micropython-ota-updater-gogs: the same names, in the root of the node."""

settings = {
    "controllerName": "pump",
    "logInclude": [".*"],
    "logExclude": [],
    "debug": True,
    "httpTimeout": 5,
    "gogsBase": "http://192.168.1.2:3000/my-user",
    "gogsBranch": "master",
    "gogsToken": "0123456789abcdef0123456789abcdef01234567",
    "gogsRemote": "http://192.168.1.2:3000/my-user/pump",
    # The application's own.
    "pumpPin": 5,
    "forecast": "http://192.168.1.2:8080/forecast",
    "litres": 12,
}
