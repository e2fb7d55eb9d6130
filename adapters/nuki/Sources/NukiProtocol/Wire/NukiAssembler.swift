/// Joins a message that comes as several indications: a value may be 20 bytes long, a message a hundred.
///
/// A sealed message says its own length. A plain one does not: it is over when its checksum is right.
package struct NukiAssembler: Sendable {
    /// How the two kinds of message end.
    package enum Form: Sendable { case sealed, plain }

    private static let maximumPlainBytes = 512
    package let form: Form
    private var bytes: [UInt8] = []

    package init(_ form: Form) { self.form = form }

    /// Takes an indication, and gives the message that it ends. What can't become one is forgotten, so that the next begins anew.
    package mutating func take(_ piece: [UInt8]) -> [UInt8]? {
        bytes += piece
        switch form {
        case .sealed:
            guard let length = NukiSeal.length(of: bytes) else { return nil }
            guard length <= NukiSeal.headerBytes + NukiSeal.maximumSealedBytes, bytes.count <= length else {
                bytes = []
                return nil
            }
            guard bytes.count == length else { return nil }
        case .plain:
            guard (try? NukiMessage(plain: bytes)) != nil || isWholeUnknown else {
                if bytes.count > Self.maximumPlainBytes { bytes = [] }
                return nil
            }
        }
        defer { bytes = [] }
        return bytes
    }

    private var isWholeUnknown: Bool {
        do throws(NukiMessage.Fault) { _ = try NukiMessage(plain: bytes) } catch {
            if case .unknown = error { return true }
        }
        return false
    }
}
