"""An August lock's own options and control lines; README.md lists them."""

from august_lock import AugustLock
from august_peripheral import AugustPeripheral
from august_words import DOORS, Result, State

TROUBLE = {
    "quiet": "quiet", "loseAcks": "lose_acks", "loseResults": "lose_results", "losePushes": "lose_pushes", "dropsOnWrongKey": "drops_on_wrong_key",
    "noSettings": "no_settings", "noBattery": "no_battery", "fragile": "fragile", "damage": "damage", "truncate": "truncate",
}
LOCK = {"busy": "busy", "ignoreRelock": "ignore_relock"}


def august_lock(name, options, log):
    """A lock and the options of its face, from those of `--lock` that an August lock has of its own; gives what is left of them too."""
    lock, face, left = AugustLock(name, log), {}, []
    for option in options:
        key, _, value = option.partition("=")
        match key:
            case "august":
                pass
            case "key":
                slot, _, digits = value.partition("/")
                face.setdefault("keys", {})[int(slot)] = bytes.fromhex(digits)
            case "model" | "serial":
                face[key] = value
            case "homekit":
                face["homekit"] = value or "plain"
            case "auto":
                lock.auto_lock.never_opened = lock.auto_lock.door_close = int(value)
            case "unlocked":
                lock.state = State.UNLOCKED
            case _:
                left.append(option)
    return lock, face, left


def set_august(peripheral, name, value):
    """Changes what only an August lock has; False where this is not of that kind."""
    lock = peripheral.lock
    match name:
        case "door" if value in DOORS:
            lock.set_door(value)
        case "refuse":
            lock.refuse = Result.NOT_AUTHORIZED if value is True else value or None
        case "slowMilliseconds":
            peripheral.trouble.slow_seconds = value / 1000
        case "staleMilliseconds":
            lock.stale_seconds = value / 1000
        case "idleMilliseconds":
            peripheral.idle_seconds = value / 1000
        case "loseCodes":
            lock.codes.loses = value
        case "codesFull":
            lock.codes.full = value
        case "state":
            lock.state = State[value]
        case _ if name in TROUBLE:
            setattr(peripheral.trouble, TROUBLE[name], value)
        case _ if name in LOCK:
            setattr(lock, LOCK[name], value)
        case _:
            return False
    return True


class AugustVerbs:
    """Control lines that only an August lock answers."""

    def august(self, request):
        peripheral = self.peripheral(request)
        if not isinstance(peripheral, AugustPeripheral):
            raise ValueError(f"{peripheral.name} is no August lock")
        return peripheral

    def do_rotateKey(self, request):
        """Its owner's account gave out another key for that slot; the one before is good no more."""
        self.august(request).keys[request.get("slot", 1)] = bytes.fromhex(request["key"])

    def do_pullBattery(self, request):
        self.august(request).pull_battery()

    def do_loseLinkAt(self, request):
        """The link breaks at a step, once `after` more of them have passed."""
        if not isinstance(self.peripheral(request), AugustPeripheral):
            return super().do_loseLinkAt(request)
        self.august(request).trouble.steps.append({"step": request["step"], "after": request.get("after", 0)})
