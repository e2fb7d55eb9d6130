// SPDX-License-Identifier: MIT-0
import FoundationEssentials

/// What the conformance kit asks of a stand-in, and what it is answered: one JSON object a line.
enum KitLine: Equatable {
    case state
    case turn(action: String, source: String)
    case setDoor(String)
    case set(String, Bool)
    case hangUp

    private struct Request: Decodable {
        var `do`: String
        var action: String?
        var source: String?
        var door: String?
        var jam: Bool?
        var stall: Bool?
        var refuse: Bool?
        var quiet: Bool?
    }

    /// Reads a line; `nil` for one it does not know.
    init?(_ line: String) {
        guard let request = try? JSONDecoder().decode(Request.self, from: Data(line.utf8)) else { return nil }
        switch request.do {
        case "state": self = .state
        case "turn": self = .turn(action: request.action ?? "lock", source: request.source ?? "manual")
        case "hangup": self = .hangUp
        case "set":
            if let door = request.door {
                self = .setDoor(door)
            } else if let value = request.jam {
                self = .set("jam", value)
            } else if let value = request.stall {
                self = .set("stall", value)
            } else if let value = request.refuse {
                self = .set("refuse", value)
            } else if let value = request.quiet {
                self = .set("quiet", value)
            } else {
                return nil
            }
        default: return nil
        }
    }

    private struct Ready: Encodable {
        var ready = true
        var config: [String: String]
    }

    /// The first line: where the lock is.
    static func ready(socket: String) -> String { written(Ready(config: ["socket": socket])) }

    private struct Answer: Encodable {
        var ok = true
        var bolt: String
        var door: String
        var motorRunning: Bool
        var drives: Int
        var moves: Int
        var codes: [String] = []
        var keys: [String] = []
        var logHead: Int
        var links: Int
    }

    /// The lock as it truly is.
    static func state(of lock: VirtualLock, links: Int) -> String {
        written(
            Answer(
                bolt: lock.bolt, door: lock.door, motorRunning: lock.isMotorRunning, drives: lock.drives, moves: lock.moves,
                logHead: lock.logHead, links: links))
    }

    private struct Refusal: Encodable {
        var ok = false
        var error: String
    }

    /// The answer to what it does not know.
    static func refusal(_ error: String) -> String { written(Refusal(error: error)) }

    private static func written(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}
