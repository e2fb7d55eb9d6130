"""A Nuki lock's own options and control lines; README.md lists them."""

from nuki_lock import NukiLock
from nuki_settings import text
from nuki_peripheral import PAIRING_SECONDS, NukiPeripheral
from nuki_words import DOORS, Error

TROUBLE = {"quiet": "quiet", "foreignId": "foreign", "loseComplete": "lose_complete", "split": "split", "plainErrors": "plain_errors"}
LOCK = {"busy": "busy", "lowVoltage": "low_voltage", "ignoreRelock": "ignore_relock"}


def nuki_lock(name, options, log):
    """A lock and the options of its face, from those of `--lock` that a Nuki lock has of its own; gives what is left of them too."""
    generation = next((option.partition("=")[2] for option in options if option.startswith("nuki=")), "3")
    if generation not in ("3", "5"):
        raise ValueError(f"{name}: a Nuki lock is of generation 3 or 5")
    lock, face, left = NukiLock(name, log, int(generation)), {}, []
    for option in options:
        key, _, value = option.partition("=")
        match key:
            case "nuki":
                pass
            case "pin":
                face["pin"] = int(value)
            case "latch":
                lock.latch = int(value) / 1000
            case "auto":
                lock.advanced.values.update(autoLock=1, autoLockSeconds=int(value))
            case "lockNGo":
                lock.advanced.values["lockNGoSeconds"] = int(value)
            case "id":
                face["number"] = int(value, 16)
            case _:
                left.append(option)
    return lock, face, left


def set_nuki(peripheral, name, value):
    """Changes what only a Nuki lock has; False where this is not of that kind."""
    lock = peripheral.lock
    match name:
        case "door" if value in DOORS:
            lock.set_door(value)
        case "refuse":
            peripheral.trouble.refuse = Error.DISABLED if value is True else value or None
        case "pin":
            peripheral.authority.pin = value
        case "logs":
            lock.log.is_kept = value
        case "autoLock":
            lock.set_auto_lock(value)
        case "wrongPins" if value == 0:
            peripheral.authority.tries = peripheral.authority.locked_until = 0
        case "nukiId":
            peripheral.commands.number = int(value, 16)
        case "latchMilliseconds":
            lock.latch = value / 1000
        case "loseCodes":
            lock.codes.loses = value
        case _ if name in TROUBLE:
            setattr(peripheral.trouble, TROUBLE[name], value)
        case _ if name in LOCK:
            setattr(lock, LOCK[name], value)
        case _:
            return False
    return True


class NukiVerbs:
    """Control lines that only a Nuki lock answers."""

    def nuki(self, request):
        peripheral = self.peripheral(request)
        if not isinstance(peripheral, NukiPeripheral):
            raise ValueError(f"{peripheral.name} is no Nuki lock")
        return peripheral

    def do_press(self, request):
        self.nuki(request).press(request.get("seconds", PAIRING_SECONDS))

    def do_lockNGo(self, request):
        """Its button is pressed as lock'n'go is set to be."""
        self.nuki(request).lock.turn("lockNGo", "button")

    def do_addCode(self, request):
        """Its owner adds a code for the keypad."""
        codes = self.nuki(request).lock.codes
        codes.add(int(request["code"]).to_bytes(4, "little") + text(request.get("name", ""), 20) + bytes(20))

    def do_loseAuthorizations(self, request):
        self.nuki(request).authority.granted.clear()

    def do_loseLinkAt(self, request):
        """The link breaks at a step: `in:000D`, `acted:000D` or `out:000E`, once `after` more of them have passed."""
        self.nuki(request).trouble.steps.append({"step": request["step"], "after": request.get("after", 0)})
