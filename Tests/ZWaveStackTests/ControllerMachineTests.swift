import Testing

@testable import ZWaveStack

@Suite("A Z-Wave controller is brought up, asked and brought back")
struct ControllerMachineTests {
    private static let lock = NodeID(rawValue: 5)
    private static func send(_ command: [UInt8] = [0x62, 0x02], _ lane: SerialCall.Lane = .ordinary) -> SerialCall {
        .send(command, to: lock, from: NodeID(rawValue: 1), .ordinary, asBridge: false, width: .eight, lane: lane)
    }

    @Test("it is reset first, and asked what it is once it says that it has begun")
    func start() {
        var bench = Bench()
        bench.give(.opened)
        #expect(bench.asked.map(\.function) == [.softReset] && !bench.isUp)
        bench.say(.request, .started, [7, 0, 0x80, 2, 1, 0])
        #expect(bench.asked.map(\.function) == [.softReset, .getCapabilities, .getInitData, .getVersion, .memoryGetID])
        guard case .up(let identity)? = bench.told.last else { return #expect(Bool(false), "\(bench.told)") }
        #expect(identity.network.home == [0xDE, 0xAD, 0xBE, 0xEF] && identity.nodes.map(\.rawValue) == [2] && !identity.isBridge)
        #expect(identity.library.name == "Z-Wave 4.05" && identity.width == .eight)
    }

    @Test("one that does not say that it has begun is asked all the same")
    func silentStart() {
        var bench = Bench()
        bench.give(.opened)
        bench.wait()
        #expect(bench.isUp)
    }

    @Test("a line that closes because of the reset is opened again, and no second reset follows")
    func reenumeration() {
        var bench = Bench()
        bench.give(.opened)
        bench.give(.closed("gone"))
        #expect(bench.told == [.reopen(afterMilliseconds: 1_000)])
        bench.give(.opened)
        #expect(bench.isUp && bench.asked.count(where: { $0.function == .softReset }) == 1)
    }

    @Test("a newer chip is asked for wide numbers and for reports of its transmissions")
    func newer() {
        var bench = Bench(chip: 7, functions: Bench.functions + [.setup, .getLongRangeNodes])
        bench.answers[.memoryGetID] = [0xDE, 0xAD, 0xBE, 0xEF, 0, 1]
        bench.answers[.getLongRangeNodes] = [0, 0, 1, 0b1]
        bench.give(.opened)
        bench.say(.request, .started, [7, 0, 0x80, 2, 1, 0])
        guard case .up(let identity)? = bench.told.last else { return #expect(Bool(false), "\(bench.told)") }
        #expect(identity.width == .sixteen && identity.nodes.map(\.rawValue) == [2, 256] && identity.network.node.rawValue == 1)
    }

    @Test("what lacks a function nothing works without is not used, and says which")
    func unusable() {
        var bench = Bench(functions: Bench.functions.filter { $0 != .addNode })
        bench.give(.opened)
        bench.wait()
        #expect(!bench.isUp)
        #expect(bench.told.contains { if case .down(.unusable(let words)) = $0 { words.contains("0x4a") } else { false } })
    }

    @Test("a command is accepted, called back, and answered once")
    func send() {
        var bench = Bench()
        bench.comeUp()
        bench.call(9, Self.send())
        #expect(bench.asked.last?.payload.dropLast() == [5, 2, 0x62, 0x02, 0x25])
        #expect(bench.result(9).isEmpty)
        let callback = bench.asked.last?.payload.last ?? 0
        bench.say(.request, .sendData, [callback, 0])
        #expect(bench.result(9) == [.success(SerialReply(response: [1], callback: [callback, 0]))])
        bench.say(.request, .sendData, [callback, 0])
        #expect(bench.result(9).count == 1)
    }

    @Test("a controller that says no is believed")
    func refused() {
        var bench = Bench()
        bench.comeUp()
        bench.answers[.sendData] = [0]
        bench.call(1, Self.send())
        #expect(bench.result(1) == [.failure(.refused([0]))])
        bench.answers[.removeFailedNode] = [0x08]
        bench.call(2, .removeFailed(Self.lock, .eight))
        #expect(bench.result(2) == [.failure(.refused([0x08]))])
    }

    @Test("calls before it is up, of functions it lacks, and past the bound are refused, and nothing is sent")
    func notSent() {
        var bench = Bench()
        bench.call(1, Self.send())
        #expect(bench.result(1) == [.failure(.notUp)])
        bench.comeUp()
        bench.call(2, SerialCall(.backgroundRSSI))
        #expect(bench.result(2) == [.failure(.unsupported)] && bench.asked.isEmpty)
        for id in 10...(11 + ControllerMachine.maximumWaiting) { bench.call(id, Self.send()) }
        #expect(bench.result(11 + ControllerMachine.maximumWaiting) == [.failure(.busy)] && bench.asked.count == 1)
    }

    @Test("a relock goes ahead of everything that waits, and an interview's frame makes room for it")
    func lanes() {
        var bench = Bench()
        bench.comeUp()
        bench.call(1, Self.send([0x72, 0x04], .background))
        bench.call(2, Self.send([0x72, 0x05], .background))
        bench.call(3, Self.send([0x62, 0x02], .ordinary))
        let first = bench.asked.last?.payload.last ?? 0
        bench.call(4, Self.send([0x62, 0x01, 0xFF], .safety))
        #expect(bench.asked.last?.function == .sendDataAbort)
        bench.say(.request, .sendData, [first, 1])
        #expect(bench.result(1) == [.failure(.displaced)])
        #expect(bench.asked.last?.payload.dropLast() == [5, 3, 0x62, 0x01, 0xFF, 0x25])
        bench.say(.request, .sendData, [bench.asked.last?.payload.last ?? 0, 0])
        #expect(bench.result(4).count == 1 && bench.asked.last?.payload[2] == 0x62)
        bench.say(.request, .sendData, [bench.asked.last?.payload.last ?? 0, 0])
        #expect(bench.result(3).count == 1 && bench.asked.last?.payload[2] == 0x72)
    }

    @Test("an ordinary command under way is not called off for a relock, which goes next")
    func noDisplacing() {
        var bench = Bench()
        bench.comeUp()
        bench.call(1, Self.send())
        bench.call(2, Self.send([0x62, 0x01, 0xFF], .safety))
        #expect(bench.asked.map(\.function) == [.sendData])
        bench.say(.request, .sendData, [bench.asked.last?.payload.last ?? 0, 0])
        #expect(bench.asked.count == 2 && bench.asked.last?.payload[1] == 3)
    }

    @Test("what takes no air does not wait for the air")
    func questionsMeanwhile() {
        var bench = Bench()
        bench.comeUp()
        bench.call(1, Self.send())
        bench.call(2, .isFailed(Self.lock, .eight))
        #expect(bench.result(2) == [.success(SerialReply(response: [0], callback: []))] && bench.result(1).isEmpty)
    }

    @Test("a transmission without an end is called off after 20 seconds and given up after 30, when the controller is reset")
    func noCallback() {
        var bench = Bench()
        bench.comeUp()
        bench.call(1, Self.send())
        bench.wait()
        #expect(bench.now == SerialCall.abortMilliseconds && bench.asked.last?.function == .sendDataAbort && bench.result(1).isEmpty)
        bench.wait()
        #expect(bench.now == SerialCall.transmitMilliseconds && bench.result(1) == [.failure(.noCallback)])
        #expect(bench.told.contains(.down(.mute)) && bench.told.contains(.reopen(afterMilliseconds: 1_000)))
        bench.give(.opened)
        #expect(bench.asked.last?.function == .softReset)
    }

    @Test("a transmission is called off once a question before that is over, and time does not stand still until then")
    func abortWaits() {
        var bench = Bench()
        bench.comeUp()
        bench.call(1, Self.send())
        bench.now = SerialCall.abortMilliseconds - 1_000
        bench.answers[.isFailedNode] = nil
        bench.call(2, .isFailed(Self.lock, .eight))
        #expect(bench.machine.nextDeadline == bench.now + 10_000)
        bench.now += 2_000
        bench.say(.response, .isFailedNode, [0])
        #expect(bench.machine.nextDeadline == SerialCall.abortMilliseconds)
        bench.wait()
        #expect(bench.asked.last?.function == .sendDataAbort && bench.result(2).count == 1)
    }

    @Test("a mute controller is told as one, everything under way is answered, and the tries get rarer")
    func mute() {
        var bench = Bench()
        bench.comeUp()
        bench.isMute = true
        bench.call(1, Self.send())
        bench.call(2, Self.send())
        for _ in 0..<8 where bench.isUp { bench.wait() }
        #expect(bench.result(1) == [.failure(.lineLost)] && bench.result(2) == [.failure(.notUp)])
        #expect(bench.told.filter { $0 == .down(.mute) }.count == 1)
        for _ in 0..<3 {
            bench.give(.opened)
            while bench.machine.nextDeadline != nil { bench.wait() }
        }
        let pauses = bench.told.compactMap { if case .reopen(let pause) = $0 { pause } else { nil } }
        #expect(pauses == [1_000, 2_000, 4_000, 8_000])
        bench.isMute = false
        bench.give(.opened)
        bench.wait()
        #expect(bench.isUp)
    }

    @Test("a controller that begins anew by itself: what was under way is answered, and it is asked again what it is")
    func watchdog() {
        var bench = Bench()
        bench.comeUp()
        bench.call(1, Self.send())
        bench.say(.request, .started, [3, 0, 0x80, 2, 1, 0])
        #expect(bench.result(1) == [.failure(.restarted)])
        #expect(bench.told.contains(.down(.restarted(watchdog: true))) && bench.isUp)
        #expect(!bench.asked.map(\.function).contains(.softReset))
    }

    @Test("a channel that is never free is waited for, and three times in a row it is the controller that is reset")
    func jammed() {
        var bench = Bench(chip: 7)
        bench.comeUp()
        for id in 1...3 {
            bench.call(id, Self.send())
            if id > 1 {
                #expect(bench.asked.count == id - 1)
                bench.wait()
            }
            bench.say(.request, .sendData, [bench.asked.last?.payload.last ?? 0, 2])
            #expect(bench.result(id).count == 1)
        }
        #expect(bench.told.contains(.down(.jammed)))
    }

    @Test("a search for neighbours ends with its last callback")
    func progress() {
        var bench = Bench()
        bench.comeUp()
        bench.call(1, .updateNeighbors(Self.lock, .eight))
        let number = bench.asked.last?.payload.last ?? 0
        bench.say(.request, .requestNodeNeighborUpdate, [number, 0x21])
        #expect(bench.result(1).isEmpty)
        bench.say(.request, .requestNodeNeighborUpdate, [number, 0x22])
        #expect(bench.result(1) == [.success(SerialReply(response: [], callback: [number, 0x22]))])
    }

    @Test("commands and inclusion steps are told; those of another network are not, and damaged ones are noted")
    func news() {
        var bench = Bench()
        bench.comeUp()
        bench.say(.request, .applicationCommand, [0, 5, 2, 0x98, 0x40])
        bench.say(.request, .applicationCommand, [0x40, 5, 2, 0x98, 0x40])
        bench.say(.request, .applicationCommand, [0, 5, 9, 0x98])
        bench.say(.request, .addNode, [1, 1, 0, 0])
        #expect(bench.told.contains(.command(ApplicationCommand(source: Self.lock, command: [0x98, 0x40]))))
        #expect(bench.told.count { if case .command = $0 { true } else { false } } == 1)
        #expect(bench.told.contains { if case .notice = $0 { true } else { false } })
        #expect(bench.told.contains { if case .inclusion(let report, false) = $0 { report.status == .ready } else { false } })
    }
}
