import Glibc
import LinuxIO
import WireBytes

/// The answers of `pair --answers`: which lock, and what to say to each question in turn.
struct PairScript: Decodable {
    private static let maximumBytes = 65_536

    /// A candidate's id or name; the first found where it is not said.
    var candidate: String?
    var answers: [JSONValue]?

    init(file: String) throws { self = try Self.read(file, as: PairScript.self) }

    /// Takes the next answer.
    mutating func next() -> JSONValue? {
        guard let first = answers?.first else { return nil }
        answers?.removeFirst()
        return first
    }

    /// Reads a small JSON file, `-` for standard input; what is in it is in no message.
    static func read<Value: Decodable>(_ path: String, as type: Value.Type) throws -> Value {
        let bytes: [UInt8]
        do throws(IOFailure) {
            bytes = try SmallFile.bytes(at: path == "-" ? "/dev/stdin" : path, limit: maximumBytes)
        } catch {
            throw CommandFailure(.usage, "\(path) can't be read: \(IOFailure.text(of: error.code))")
        }
        do {
            return try StrictJSON.decode(type, from: try StrictJSON.parse(bytes, maximumDepth: 16))
        } catch {
            throw CommandFailure(.usage, "\(path): \(error)")
        }
    }
}
