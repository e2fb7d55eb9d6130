import Glibc
import LinuxIO
import WireBytes

/// The answers of `--answers FILE`, for every command that asks: what to say to each question in turn, and for a pairing which lock.
///
/// A file and never an argument, since a PIN may be among them; what is in it is in no message.
struct AnswerFile: Decodable {
    private static let maximumBytes = 65_536

    /// A candidate's id or name; the first found where it is not said.
    var candidate: String?
    /// What the lock is to be called, where the command does not say.
    var name: String?
    var answers: [JSONValue]?

    init(_ path: String) throws { self = try Self.read(path, as: AnswerFile.self) }

    /// Takes the next answer.
    mutating func next() -> JSONValue? {
        guard let first = answers?.first else { return nil }
        answers?.removeFirst()
        return first
    }

    /// Reads a small JSON file, `-` for standard input.
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
