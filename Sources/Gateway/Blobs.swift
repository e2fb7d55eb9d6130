import AdapterHost
import AdapterProtocol
import LockModel
import WireBytes

/// What adapters keep beside their states: a controller's backup, a clip. Comes in pieces, is sealed as a whole.
///
/// **Bounds**: 1 MiB each, 8 of an adapter; one of an adapter is under way at a time, and is forgotten where a piece does not fit its end.
final class Blobs {
    static let maximumBytes = 1 << 20
    static let maximumOfAnAdapter = 8

    private struct UnderWay {
        var blob: BlobName
        var bytes: [UInt8] = []
    }

    private let states: AdapterStates
    private let keep: ([UInt8], AdapterStates.Owner, @escaping (String?) -> Void) -> Void
    private var underWay: [AdapterName: UnderWay] = [:]

    init(states: AdapterStates, keep: @escaping ([UInt8], AdapterStates.Owner, @escaping (String?) -> Void) -> Void) {
        self.states = states
        self.keep = keep
    }

    func handle(_ request: BlobRequest, of adapter: AdapterName, _ reply: ChildReply) {
        do throws(RPCError) {
            switch request {
            case .put(let piece): try put(piece, adapter, reply)
            case .get(let place): reply.succeed(try get(place, adapter))
            }
        } catch {
            underWay[adapter] = nil
            reply.fail(error)
        }
    }

    private func put(_ piece: BlobPutParams, _ adapter: AdapterName, _ reply: ChildReply) throws(RPCError) {
        guard let bytes = try? Base64URL.decode(Array(piece.data.utf8).span), bytes.count <= BlobPutParams.maximumPieceBytes else {
            throw .invalidParams("data: base64url of at most \(BlobPutParams.maximumPieceBytes) bytes")
        }
        var blob = UnderWay(blob: piece.blob)
        if piece.offset > 0, let before = underWay[adapter], before.blob == piece.blob { blob = before }
        guard piece.offset == blob.bytes.count else {
            throw .invalidParams("offset: \(blob.bytes.count) bytes are here; begin again with 0")
        }
        guard blob.bytes.count + bytes.count <= Self.maximumBytes else { throw RPCError(.unsupported, "larger than 1 MiB") }
        blob.bytes += bytes
        guard piece.last else {
            underWay[adapter] = blob
            return reply.succeed(Nothing())
        }
        underWay[adapter] = nil
        let kept = states.blobs(of: adapter)
        guard kept.contains(piece.blob) || kept.count < Self.maximumOfAnAdapter else {
            throw RPCError(.unsupported, "\(Self.maximumOfAnAdapter) are kept already")
        }
        keep(blob.bytes, AdapterStates.Owner(adapter: adapter, part: .blob(piece.blob))) { failure in
            if failure == nil { reply.succeed(Nothing()) } else { reply.fail(.internalError("it was not kept")) }
        }
    }

    private func get(_ place: BlobGetParams, _ adapter: AdapterName) throws(RPCError) -> BlobGetResult {
        let bytes: [UInt8]?
        do throws(AdapterStates.Damage) {
            bytes = try states.readBytes(AdapterStates.Owner(adapter: adapter, part: .blob(place.blob)))
        } catch {
            throw .internalError("what was kept is damaged")
        }
        guard let bytes, (0...bytes.count).contains(place.offset) else { throw .invalidParams("nothing is kept there") }
        let piece = bytes[place.offset...].prefix(BlobPutParams.maximumPieceBytes)
        return BlobGetResult(data: Base64URL.encode(Array(piece)), size: bytes.count)
    }
}
