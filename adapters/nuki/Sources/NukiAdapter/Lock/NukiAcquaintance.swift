import AdapterKit
import AdapterProtocol
import LockModel
import NukiProtocol

/// The first talk with a lock that was just paired: its PIN where it was not needed before, and what it is.
///
/// The key is agreed on by now, and the lock knows us: what fails here takes nothing of that back. Without a PIN its settings, codes and log stay out of
/// reach; a wrong one is asked for again, fewer times than the lock forgives.
struct NukiAcquaintance {
    private static let tries = 3

    private let desk: PairingDesk
    private let output: AdapterOutput
    private let lock: NukiLock
    private let generation: NukiPairing.Generation

    /// - Throws: ``AdapterFailure`` for a state that is none.
    init(
        _ state: NukiVendorState, desk: PairingDesk, output: AdapterOutput, spawn: @escaping NukiSpawn
    ) throws {
        guard let name = LockID("nuki-being-paired") else { throw AdapterFailure(.unsupported, "not a name") }
        self.desk = desk
        self.output = output
        generation = state.generation
        lock = try NukiLock(name, state, output: output, spawn: spawn)
    }

    /// - Parameter pin: as it was given beforehand.
    func make(pin: UInt32?) async throws -> PairedLock<NukiVendorState> {
        var found = LockAddResult(
            capabilities: LockCapabilities(
                lock: true, unlock: true, unlatch: true, doorSensor: true, battery: true, jam: true,
                connectMilliseconds: NukiLock.connectMilliseconds, motorMilliseconds: NukiLock.motorMilliseconds),
            model: generation.model)
        do {
            if generation == .upToFour { try await takePIN(given: pin) }
            found = try await lock.meet()
        } catch {
            if Task.isCancelled { throw CancellationError() }
            output.log(.warning, "it is paired, but could not be read yet: \(error)")
        }
        let state = await lock.state
        await lock.drop()
        return PairedLock(vendorState: state, lock: found)
    }

    private func takePIN(given: UInt32?) async throws {
        var given = given.flatMap { NukiPIN(number: $0, generation) }
        for _ in 0..<Self.tries {
            guard let pin = if let given { given } else { try await ask() } else { return }
            given = nil
            if try await lock.accepts(pin) { return }
            desk.progress(3, of: 4, "that is not its PIN")
        }
    }

    /// - Returns: `nil` where there is none, or nobody says it.
    private func ask() async throws -> NukiPIN? {
        let text: String
        do {
            text = try await desk.text(
                PromptParams(kind: .pin, text: "The lock's PIN of four digits, as set in Nuki's app; 0 if it has none:", secret: true))
        } catch let failure as AdapterFailure where failure.code == .cancelled && !Task.isCancelled {
            return nil
        }
        if text == "0" { return nil }
        return NukiPIN(text, generation)
    }
}
