import AdapterKit
import AdapterProtocol
import LockModel
import NukiProtocol
import WireBytes

/// What was last read of a lock's settings.
struct KnownSettings {
    var configuration: NukiConfiguration?
    var advanced: NukiAdvancedConfiguration?
    /// The lock's count of changes of its configuration when that was read.
    var count: UInt8?
    var readAt: ContinuousClock.Instant?
    /// What was declared: without a PIN the auto-lock is not ours.
    var offersAutoLock = false
    /// The same of its log.
    var offersLog = false
}

extension NukiLock {
    /// Its settings are read anew after so long, whatever the lock says of changes.
    private static let settingsTime = Duration.seconds(3600)
    /// What Nuki's own app offers goes from seconds to half an hour; what a lock makes of another value is read back.
    static let autoLockSeconds = 1...3600

    private static let codes = LockCapabilities.Codes(
        slots: codeSlots, firstSlot: 1, lengthMin: NukiKeypadCode.length, lengthMax: NukiKeypadCode.length, readBack: .full,
        digits: NukiKeypadCode.digits, notBeginning: NukiKeypadCode.notBeginning)

    // MARK: - Meeting it

    /// Reads what it is, and what can be done with it here.
    func meet() async throws -> LockAddResult {
        try await using { talk in
            let now = try await talk.state()
            do {
                try await self.readSettings(talk, now)
                if let pin = self.pin { try await self.findLogHead(talk, pin) }
            } catch let error as NukiError {
                self.output.log(.notice, "\(self.lock) does not tell all of it: \(error.words)")
            }
            return self.found(now)
        }
    }

    private func found(_ now: NukiState) -> LockAddResult {
        let hasKeypad = settings.configuration?.hasKeypad ?? false
        settings.offersLog = logHead != nil
        settings.offersAutoLock = pin != nil && settings.advanced != nil
        if pin == nil {
            output.log(
                .info, "\(lock): no PIN was given, so its auto-lock and its codes are not ours to read or set; pair again to give it")
        }
        return LockAddResult(
            capabilities: LockCapabilities(
                lock: true, unlock: true, unlatch: true,
                autoRelock: settings.offersAutoLock
                    ? LockCapabilities.AutoRelockRange(
                        min: Self.autoLockSeconds.lowerBound, max: Self.autoLockSeconds.upperBound, waitsForDoor: now.door != .absent)
                    : nil,
                doorSensor: true, battery: true, jam: true, codes: pin != nil && hasKeypad ? Self.codes : nil, log: logHead != nil,
                actor: logHead != nil,
                connectMilliseconds: Self.connectMilliseconds,
                motorMilliseconds: Self.motorMilliseconds),
            model: settings.configuration?.model ?? state.generation.model, firmware: settings.configuration?.firmware)
    }

    // MARK: - Parting from it

    /// Takes our codes out of it, puts its auto-lock back as it was found, and has it forget us.
    ///
    /// - Throws: ``AdapterFailure`` `unsupported` without its PIN: then its owner removes us in the vendor's app. Whatever fails on the way may be tried again.
    func part() async throws {
        guard let pin else {
            throw AdapterFailure(
                .unsupported, "without its PIN the lock does not let us go: remove this gateway from its users in Nuki's app")
        }
        try await using { talk in
            do {
                if self.settings.configuration?.hasKeypad ?? true { try await self.removeCodes(pin, talk) }
                try await self.restoreSettings(pin, talk)
                var id: [UInt8] = []
                id.append(littleEndian: UInt64(self.state.authorization), bytes: 4)
                if let refused = try await self.write(.removeAuthorization, id, until: .status, pin, talk) { throw refused }
            } catch let error as NukiError where error.code == NukiError.notAuthorized {
                self.output.log(.notice, "\(self.lock) had forgotten us already")
            }
        }
    }

    private func restoreSettings(_ pin: NukiPIN, _ talk: NukiTalk) async throws {
        guard let asFound = state.settingsAsFound.flatMap({ try? NukiAdvancedConfiguration(settable: $0) }) else { return }
        try await readSettings(talk, try await talk.state())
        guard var advanced = settings.advanced else { return }
        let before = advanced
        advanced.restoreAutoLock(from: asFound)
        guard advanced != before else { return }
        if let refused = try await write(.setAdvancedConfiguration, advanced.settable, until: .status, pin, talk) { throw refused }
    }

    // MARK: - Auto-lock

    /// Its auto-lock as it is set in the lock: asked again where the lock says that something was changed, or after an hour.
    func autoRelock(_ talk: NukiTalk, _ now: NukiState) async throws -> AutoRelock? {
        guard settings.offersAutoLock else { return nil }
        let isOld = settings.readAt.map { $0 + Self.settingsTime <= .now } ?? true
        // While the motor runs there is no turn for it, and nobody changes settings then.
        if !isActing, !now.isMoving, isOld || now.configurationCount == nil || now.configurationCount != settings.count {
            try await readSettings(talk, now)
        }
        return settings.advanced.map { $0.autoRelock(now) }
    }

    /// Sets its auto-lock, changes nothing else, and reads it back.
    func configure(_ setting: AutoRelockSetting) async throws -> ConfigureResult {
        let pin = try givenPIN()
        return try await using { talk in
            let now = try await talk.state()
            try await self.readSettings(talk, now)
            guard var advanced = self.settings.advanced else { throw AdapterFailure(.unsupported, "the lock does not tell its auto-lock") }
            let before = advanced
            advanced.setAutoLock(on: setting.armed, seconds: setting.seconds)
            if advanced != before { try await self.keepAsFound(before) }
            var took: AutoRelock?
            let result = await self.onceSent { [advanced] in
                if advanced != before,
                    let refused = try await self.write(.setAdvancedConfiguration, advanced.settable, until: .status, pin, talk)
                {
                    self.output.log(.warning, "\(self.lock) did not take its auto-lock: \(refused.words)")
                }
                let after = try await talk.state()
                try await self.readSettings(talk, after)
                took = self.settings.advanced?.autoRelock(after)
                let isSet = took?.armed == setting.armed && (!setting.armed || took?.seconds == setting.seconds)
                return isSet ? .set : .failed
            }
            return ConfigureResult(state: result, autoRelock: took)
        }
    }

    /// Keeps how auto-lock was before we first changed it, so that parting from the lock can put it back.
    private func keepAsFound(_ found: NukiAdvancedConfiguration) async throws {
        guard state.settingsAsFound == nil else { return }
        state.settingsAsFound = found.settable
        try await output.saveState(state, of: lock)
    }

    /// Whether this is its PIN; then it is used from now on.
    func accepts(_ pin: NukiPIN) async throws -> Bool {
        try await using { talk in
            do {
                _ = try await talk.request(.verifyPIN, pin: pin) { $0.last?.command == .status }
            } catch let error as NukiError where error.code == NukiError.wrongPIN {
                return false
            }
            self.pin = pin
            self.state.pin = pin.kept
            return true
        }
    }

    /// Writes something that needs the PIN.
    /// - Returns: why the lock did not take it, `nil` where it did.
    func write(
        _ command: NukiCommand, _ body: [UInt8], until last: NukiCommand, _ pin: NukiPIN, _ talk: NukiTalk
    ) async throws -> NukiError? {
        do {
            _ = try await talk.request(command, body, pin: pin) { $0.last?.command == last }
            return nil
        } catch let error as NukiError {
            await refusedPIN(error)
            return error
        }
    }

    /// - Throws: ``AdapterFailure`` `unsupported` where none was given, or the lock called it wrong.
    func givenPIN() throws -> NukiPIN {
        guard let pin else { throw AdapterFailure(.unsupported, "that needs the lock's PIN, which was not given or is wrong by now") }
        return pin
    }

    /// A wrong PIN is not said again, nor after a restart: after a few the lock refuses everybody's.
    func refusedPIN(_ error: NukiError) async {
        guard error.code == NukiError.wrongPIN, pin != nil else { return }
        pin = nil
        state.pin = nil
        output.log(.error, "\(lock): \(error.words); it is not sent again. Pair with the lock anew to give the right one")
        do { try await output.saveState(state, of: lock) } catch { output.log(.warning, "\(lock): that its PIN is wrong was not kept") }
    }

    private func readSettings(_ talk: NukiTalk, _ now: NukiState) async throws {
        if settings.configuration == nil {
            let answer = try await talk.request(.requestConfiguration) { $0.last?.command == .configuration }
            settings.configuration = answer.last.flatMap { try? NukiConfiguration($0.payload) }
        }
        let answer = try await talk.request(.requestAdvancedConfiguration) { $0.last?.command == .advancedConfiguration }
        settings.advanced = answer.last.flatMap { try? NukiAdvancedConfiguration($0.payload) }
        settings.count = now.configurationCount
        settings.readAt = .now
    }
}

extension NukiAdvancedConfiguration {
    /// In the gateway's words. With a contact Nuki's auto-lock waits for the door.
    func autoRelock(_ now: NukiState) -> AutoRelock {
        AutoRelock(armed: isAutoLockOn, seconds: autoLockSeconds, waitsForDoor: now.door != .absent)
    }
}

extension NukiPairing.Generation {
    /// What a lock is called that has not told its own model.
    var model: String { self == .five ? "Smart Lock, 5th generation" : "Smart Lock" }
}
