import LockCrypto
import WireBytes

@testable import BLEStack

/// A controller's stream: the same packets however it is split, and every event read or refused.
@Sendable func fuzzHCI(_ bytes: [UInt8]) -> Bool {
    var whole = HCIStreamParser()
    whole.append(bytes)
    var single = HCIStreamParser()
    var next = bytes.startIndex
    var isGood = false
    do throws(HCIStreamFault) {
        while let packet = try whole.next() {
            var again: HCIPacket?
            while again == nil, next < bytes.endIndex {
                single.append([bytes[next]])
                next += 1
                again = try single.next()
            }
            precondition(again == packet, "byte by byte the packets are the same")
            guard packet.kind == .event else { continue }
            guard (try? HCIEvent(packet.payload)) != nil else { return false }
            isGood = true
        }
    } catch {
        return false
    }
    return isGood && whole.isBetweenPackets
}

/// Data packets of one link, each with its length in front: what comes of them is never longer than what is taken.
@Sendable func fuzzL2CAP(_ bytes: [UInt8]) -> Bool {
    var reader = ByteReader(bytes)
    var reassembly = L2CAPReassembly()
    var isGood = false
    do {
        while reader.remaining > 0 {
            let fragment = try ACLFragment(try reader.take(Int(try reader.byte())))
            guard let packet = try reassembly.take(fragment) else { continue }
            precondition(packet.payload.count <= L2CAPReassembly.longestPayload)
            var sender = ACLSender<Int>(dataPackets: 255, dataBytes: 27)
            sender.open(1)
            _ = sender.append(packet, to: 1)
            var again = L2CAPReassembly()
            var back: L2CAPPacket?
            while let (sent, _) = sender.nextFragment(at: 0) { back = try again.take(try ACLFragment(sent.payload)) }
            precondition(back == packet, "what is cut comes together again")
            AdvertisingData(packet.payload).services.forEach { precondition(BluetoothUUID($0.description) == $0) }
            if packet.channel == L2CAPPacket.signalling { _ = try L2CAPSignal(packet.payload) }
            isGood = true
        }
    } catch {
        return false
    }
    return isGood
}

/// A peer's attribute packets, each with its length in front, as the answers to a session that discovers and reads: it asks no more than it is
/// answered, and finishes everything once.
@Sendable func fuzzATT(_ bytes: [UInt8]) -> Bool {
    var session = GATTSession(database: nil)
    var isBroken = false
    var asked = 0
    var finished: Set<HostRequestID> = []
    var learned = false
    func take(_ effects: [GATTSession.Effect]) {
        for effect in effects {
            switch effect {
            case .send: asked += 1
            case .finished(let id, _): precondition(finished.insert(id).inserted, "finished twice")
            case .breakOff: isBroken = true
            case .remember(let database):
                guard let database else { continue }
                learned = true
                precondition(database.services.count <= GATTDiscovery.maximumServices)
                for service in database.services {
                    for one in service.characteristics { precondition(service.handles.contains(one.handle)) }
                }
            case .ready, .notified: break
            }
        }
    }
    take(session.open(at: 0))
    take(session.operate(1, .discover, at: 0))
    take(session.operate(2, .read(GATTTarget(BluetoothUUID(0x2A00))), at: 0))
    var reader = ByteReader(bytes)
    var answers = 0
    while let count = try? reader.byte(), let packet = try? reader.take(Int(count)) {
        answers += 1
        take(session.receive(packet, at: 0))
        precondition(asked <= 2 * answers + 1, "at most an answer and a question for each packet")
    }
    take(session.end("over"))
    precondition(finished == [1, 2], "everything is finished in the end")
    return learned && !isBroken
}
