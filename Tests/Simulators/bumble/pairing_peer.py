"""The peer's side of pairing, honest or not: each attack changes what Bumble's responder would have sent."""

from bumble import smp

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
DEBUG_X = bytes.fromhex("20b003d2f297be2c5e2c83a7e9f9a5b9eff49111acf4fddbcc0301480e359de6")
DEBUG_Y = bytes.fromhex("dc809c49652aeb6d63329abf5a52155c766345c28fed3024741c8ed01589d28b")

# Attack → which message it changes; `silent…` and `stall` keep one back.
ATTACKS = (
    "offCurveKey", "zeroKey", "reflectedKey", "reflectedX", "debugKey", "wrongConfirm", "wrongDHKeyCheck", "noSecureConnections",
    "keySize6", "keySize17", "badIOCapability", "badOOBFlag", "silent", "silentAfterResponse", "silentAfterKey", "silentBeforeRandom",
    "silentBeforeCheck", "silentKeys", "unexpectedPDU", "secondKey", "encryptionInformation", "fails", "keysBeforeEncryption",
    "stolenIdentity", "privateIdentity", "moreKeys", "truncated", "oversize",
)


def flipped(value):
    return bytes([value[0] ^ 0x01]) + value[1:]


class PeerSession(smp.Session):
    """A pairing session that follows `peripheral.attack`."""

    def __init__(self, manager, connection, configuration, is_initiator, peripheral):
        super().__init__(manager, connection, configuration, is_initiator)
        self.peripheral = peripheral

    def on_smp_command(self, command):
        self.peripheral.pairing_code = command.code
        super().on_smp_command(command)

    def send_raw(self, pdu):
        self.connection.send_l2cap_pdu(smp.SMP_CID, pdu)

    def send_command(self, command):
        handler = getattr(self, f"attack_{self.peripheral.attack}", None)
        sent = handler(command) if handler else [command]
        for each in sent:
            if isinstance(each, bytes):
                self.send_raw(each)
            else:
                super().send_command(each)

    # The response.

    def _response(self, command, change):
        """Changes bytes of the Pairing Response on the wire, and what the session believes it sent."""
        if not isinstance(command, smp.SMP_Pairing_Response_Command):
            return [command]
        pdu = bytearray(bytes(command))
        change(pdu)
        self.pres = bytes(pdu)
        return [bytes(pdu)]

    def attack_noSecureConnections(self, command):
        return self._response(command, lambda pdu: pdu.__setitem__(3, pdu[3] & ~0x08))

    def attack_keySize6(self, command):
        return self._response(command, lambda pdu: pdu.__setitem__(4, 6))

    def attack_keySize17(self, command):
        return self._response(command, lambda pdu: pdu.__setitem__(4, 17))

    def attack_badIOCapability(self, command):
        return self._response(command, lambda pdu: pdu.__setitem__(1, 5))

    def attack_badOOBFlag(self, command):
        return self._response(command, lambda pdu: pdu.__setitem__(2, 2))

    def attack_moreKeys(self, command):
        return self._response(command, lambda pdu: pdu.__setitem__(6, 0x0F))

    def attack_truncated(self, command):
        return [bytes(command)[:-1]] if isinstance(command, smp.SMP_Pairing_Response_Command) else [command]

    def attack_oversize(self, command):
        return [bytes(command) + b"\0"] if isinstance(command, smp.SMP_Pairing_Response_Command) else [command]

    def attack_unexpectedPDU(self, command):
        extra = [smp.SMP_Pairing_Random_Command(random_value=bytes(16))] if isinstance(command, smp.SMP_Pairing_Response_Command) else []
        return [command] + extra

    def attack_keysBeforeEncryption(self, command):
        if not isinstance(command, smp.SMP_Pairing_Response_Command):
            return [command]
        return [command, smp.SMP_Identity_Information_Command(identity_resolving_key=bytes(range(16)))]

    def attack_fails(self, command):
        return [smp.SMP_Pairing_Failed_Command(reason=5)] if isinstance(command, smp.SMP_Pairing_Response_Command) else [command]

    # The key, which goes over the wire little-endian.

    def _key(self, command, x, y):
        if not isinstance(command, smp.SMP_Pairing_Public_Key_Command):
            return [command]
        return [b"\x0c" + x + y]

    def attack_offCurveKey(self, command):
        return self._key(command, self.ecc_key.x[::-1], bytes(32))

    def attack_zeroKey(self, command):
        return self._key(command, bytes(32), bytes(32))

    def attack_reflectedKey(self, command):
        return self._key(command, self.peer_public_key_x, self.peer_public_key_y)

    def attack_reflectedX(self, command):
        y = P - int.from_bytes(self.peer_public_key_y, "little")
        return self._key(command, self.peer_public_key_x, y.to_bytes(32, "little"))

    def attack_debugKey(self, command):
        return self._key(command, DEBUG_X[::-1], DEBUG_Y[::-1])

    def attack_secondKey(self, command):
        return [command, command] if isinstance(command, smp.SMP_Pairing_Public_Key_Command) else [command]

    # Values.

    def attack_wrongConfirm(self, command):
        if isinstance(command, smp.SMP_Pairing_Confirm_Command):
            return [b"\x03" + flipped(bytes(command)[1:])]
        return [command]

    def attack_wrongDHKeyCheck(self, command):
        if isinstance(command, smp.SMP_Pairing_DHKey_Check_Command):
            return [b"\x0d" + flipped(bytes(command)[1:])]
        return [command]

    # Silence.

    def _silent(self, command, *kinds):
        return [] if isinstance(command, kinds) else [command]

    def attack_silent(self, command):
        return []

    def attack_silentAfterResponse(self, command):
        return [command] if isinstance(command, smp.SMP_Pairing_Response_Command) else []

    def attack_silentAfterKey(self, command):
        return self._silent(command, smp.SMP_Pairing_Confirm_Command)

    def attack_silentBeforeRandom(self, command):
        return self._silent(command, smp.SMP_Pairing_Random_Command)

    def attack_silentBeforeCheck(self, command):
        return self._silent(command, smp.SMP_Pairing_DHKey_Check_Command)

    def attack_silentKeys(self, command):
        return self._silent(command, smp.SMP_Identity_Information_Command, smp.SMP_Identity_Address_Information_Command)

    # Keys that nobody agreed on.

    def attack_encryptionInformation(self, command):
        if isinstance(command, smp.SMP_Identity_Information_Command):
            return [smp.SMP_Encryption_Information_Command(long_term_key=bytes(16)), command]
        return [command]

    def _identity(self, command, kind, address):
        return [b"\x09" + bytes([kind]) + address] if isinstance(command, smp.SMP_Identity_Address_Information_Command) else [command]

    def attack_stolenIdentity(self, command):
        stolen = bytes.fromhex(self.peripheral.stolen.replace(":", ""))[::-1]
        return self._identity(command, 1, stolen)

    def attack_privateIdentity(self, command):
        return self._identity(command, 1, bytes.fromhex("112233445540")[:6])
