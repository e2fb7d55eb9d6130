/// A gate that a test opens once, for whoever waits at it now or later.
final class Gate: Sendable {
    private let stream = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Lets everybody through, for good.
    func open() { stream.continuation.finish() }

    /// Returns once the gate is open, or when the waiting task is cancelled.
    func wait() async {
        for await _ in stream.stream {}
    }
}
