import Testing
import WireBytes

@testable import ZWaveStack

@Suite("The line to a Z-Wave controller")
struct SerialLineTests {
    /// GetInitData as every host sends it, checksum from INS12350's rule.
    private static let question: [UInt8] = [0x01, 0x03, 0x00, 0x02, 0xFE]
    private let frame = SerialFrame(.request, .getInitData)
    private let command = SerialFrame(.request, .applicationCommand, [0x00, 0x05, 0x02, 0x98, 0x40])

    private static func bytes(_ frame: SerialFrame) -> [UInt8] { (try? frame.bytes()) ?? [] }

    @Test("a frame has its length, its type, its function and its checksum")
    func layout() throws {
        #expect(try frame.bytes() == Self.question)
        #expect(try SerialFrame(.response, .sendData, [0x01]).bytes() == [0x01, 0x04, 0x01, 0x13, 0x01, 0xE8])
        #expect(try SerialFrame(.request, .sendData, [UInt8](repeating: 7, count: SerialFrame.longestPayload)).bytes().count == 257)
        #expect(throws: ByteFault.self) {
            try SerialFrame(.request, .sendData, [UInt8](repeating: 7, count: SerialFrame.longestPayload + 1)).bytes()
        }
    }

    @Test("bytes are cut into the same units however they come", arguments: 1...16)
    func pieces(size: Int) {
        let stream: [UInt8] = [0x06, 0xAA] + Self.bytes(command) + [0x18] + Self.question + [0x15]
        var line = SerialLine()
        var effects: [SerialLine.Effect] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            effects += line.received(stream[start..<min(start + size, stream.count)], at: 0)
        }
        #expect(effects == [.write([0x06]), .received(command), .write([0x06]), .received(frame)])
        #expect(line.noise == 1)
    }

    @Test("a damaged frame is refused, and a whole one after it is taken", arguments: 0..<72)
    func damage(bit: Int) {
        let good = Self.bytes(command)
        var bad = good
        // The first byte apart, which makes it no frame at all.
        bad[1 + bit / 8] ^= 1 << UInt8(bit % 8)
        var line = SerialLine()
        var effects = line.received(bad, at: 0)
        // A length that grew swallows what follows until its time is over.
        effects += line.tick(at: 1_500)
        effects += line.received(good, at: 1_600)
        #expect(effects.suffix(2) == [.write([0x06]), .received(command)])
        #expect(effects.dropLast(2).allSatisfy { $0 == .write([0x15]) || $0 == .write([0x06]) })
        #expect(line.damaged + line.noise > 0)
    }

    @Test("a frame that stops half-way is given up in silence after 1.5 seconds")
    func half() {
        var line = SerialLine()
        #expect(line.received(Self.question.dropLast(), at: 10).isEmpty)
        #expect(line.nextDeadline == 1_510)
        #expect(line.tick(at: 1_510).isEmpty && line.nextDeadline == nil)
        #expect(line.received(Self.question, at: 1_600) == [.write([0x06]), .received(frame)])
    }

    @Test("one frame is under way at a time, the next goes once it is acknowledged")
    func oneAtATime() {
        var line = SerialLine()
        #expect(line.send(frame, 1, at: 0) == [.write(Self.question)])
        #expect(line.send(frame, 2, at: 0) == [])
        #expect(line.received([0x06], at: 5) == [.delivered(1), .write(Self.question)])
        #expect(line.received([0x06], at: 9) == [.delivered(2)])
        #expect(line.received([0x06], at: 9).isEmpty && line.nextDeadline == nil)
    }

    @Test("what is refused, dropped or not answered is repeated three times, each later than the one before", arguments: [0x15, 0x18, nil])
    func repeats(answer: Int?) {
        var line = SerialLine()
        var now: Int64 = 0
        var written = line.send(frame, 1, at: now)?.count ?? 0
        var pauses: [Int64] = []
        for _ in 0..<3 {
            if let answer {
                #expect(line.received([UInt8(answer)], at: now).isEmpty)
            } else {
                now = line.nextDeadline ?? 0
                #expect(line.tick(at: now).isEmpty)
            }
            let due = line.nextDeadline ?? 0
            pauses.append(due - now)
            now = due
            #expect(line.tick(at: now) == [.write(Self.question)])
            written += 1
        }
        #expect(pauses == [100, 1_100, 2_100] && written == 4)
        let last = answer.map { line.received([UInt8($0)], at: now) } ?? line.tick(at: line.nextDeadline ?? 0)
        #expect(last == [.undeliverable(1)] && line.nextDeadline == nil)
    }

    @Test("an answer whose acknowledgement was lost ends the waiting: the question is not sent twice")
    func lostAcknowledgement() {
        var line = SerialLine()
        _ = line.send(frame, 1, at: 0)
        let answer = SerialFrame(.response, .getInitData, [0x08])
        #expect(line.received(Self.bytes(answer), at: 20) == [.write([0x06]), .delivered(1), .received(answer)])
        #expect(line.nextDeadline == nil)
    }

    @Test("a frame that is repeated because our acknowledgement was lost is acknowledged again and told once")
    func repetition() {
        var line = SerialLine()
        let bytes = Self.bytes(command)
        #expect(line.received(bytes, at: 0).count == 2)
        #expect(line.received(bytes, at: 1_700) == [.write([0x06])])
        #expect(line.repeated == 1)
        // The same again at once is a second one; so is one after something else.
        #expect(line.received(bytes, at: 1_800).count == 2)
        _ = line.received(Self.question, at: 1_900)
        #expect(line.received(bytes, at: 3_600).count == 2)
    }

    @Test("more frames than the line holds are refused")
    func bound() {
        var line = SerialLine()
        for number in 0...SerialLine.maximumWaiting { #expect(line.send(frame, number, at: 0) != nil) }
        #expect(line.send(frame, 99, at: 0) == nil)
    }

    @Test("a line that was opened says so, and remembers nothing")
    func opened() {
        var line = SerialLine()
        _ = line.send(frame, 1, at: 0)
        #expect(line.opened() == [.write([0x15])] && line.nextDeadline == nil)
        #expect(line.received([0x06], at: 1).isEmpty)
    }
}
