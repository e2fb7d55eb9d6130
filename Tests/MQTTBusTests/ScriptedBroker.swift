import Glibc
import LinuxIO
import Testing

/// A broker in raw bytes, for what a real one does at no test's bidding: it says just what the test tells it to.
final class ScriptedBroker {
    let port: UInt16
    private(set) var connections = 0
    private(set) var peer: OwnedDescriptor?
    /// Answers to packets by their type (the upper four bits of the first byte); CONNECT and SUBSCRIBE are accepted.
    var answers: [UInt8: ([UInt8]) -> [UInt8]] = [
        1: { _ in [0x20, 3, 0, 0, 0] },
        8: { packet in [0x90, 4, packet[2], packet[3], 0, 1] },
    ]
    /// First bytes of the packets that came.
    private(set) var types: [UInt8] = []
    private let listener: OwnedDescriptor
    private var watches: [Watch] = []
    private var peerWatch: Watch?

    /// - Parameter hangsUp: closes each connection as soon as it is made.
    init(on loop: EventLoop, hangsUp: Bool = false) throws {
        (listener, port) = try Loopback.listen()
        watches.append(
            try loop.watch(listener.number, readable: true, writable: false) { [weak self] _ in
                guard let self else { return }
                let accepted = OwnedDescriptor(taking: accept(listener.number, nil, nil))
                connections += 1
                guard !hangsUp, (try? accepted.setNonBlocking()) != nil else { return }
                peer = accepted
                peerWatch?.cancel()
                peerWatch = try? loop.watch(accepted.number, readable: true, writable: false) { [weak self] _ in self?.read() }
            })
    }

    private func read() {
        var bytes = received()
        while bytes.count >= 2 {
            // Packets of less than 128 bytes are all that is needed here.
            let packet = Array(bytes.prefix(2 + Int(bytes[1])))
            bytes.removeFirst(packet.count)
            types.append(packet[0])
            if let answer = answers[packet[0] >> 4] { send(answer(packet)) }
        }
    }

    /// What has come and was not read yet.
    func received() -> [UInt8] {
        guard let peer else { return [] }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let got = recv(peer.number, &bytes, bytes.count, 0)
        if got == 0 {
            peerWatch?.cancel()
            peerWatch = nil
        }
        return Array(bytes[..<max(got, 0)])
    }

    func send(_ bytes: [UInt8]) {
        guard let peer else { return }
        #expect(write(peer.number, bytes, bytes.count) == bytes.count)
    }

    /// PUBLISH with QoS 1 and no properties.
    static func publish(_ topic: String, _ payload: String, mid: UInt8) -> [UInt8] {
        let body = [0, UInt8(topic.utf8.count)] + Array(topic.utf8) + [0, mid, 0] + Array(payload.utf8)
        return [0x32, UInt8(body.count)] + body
    }

    func cancel() {
        for watch in watches { watch.cancel() }
        peerWatch?.cancel()
    }
}
