import LockModel
import WireBytes

/// A JWS in compact form (RFC 7515 section 7.1), taken apart: three parts of canonical base64url, two of them JSON objects.
struct CompactJWS {
    let header: JSONObject
    let payload: JSONObject
    let signature: [UInt8]
    /// The bytes `header.payload`, which the signature is over.
    let signingInput: [UInt8]

    /// The deepest nesting of header and payload; the outermost object counts 1.
    static let maximumDepth = 4

    /// Takes a payload apart.
    ///
    /// - Throws: `unsigned` for bare JSON, `alg` none or an empty signature; `malformed` for anything else that is not a JWS.
    init(_ bytes: [UInt8]) throws(Unacceptable) {
        if bytes.first == UInt8(ascii: "{") { throw Unacceptable("this is bare JSON, not a signed token", reason: .unsigned) }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw Unacceptable("not three parts with dots between them") }
        header = try Self.object(parts[0], "header")
        if header["alg"] == "none" { throw Unacceptable("alg none signs nothing", reason: .unsigned) }
        if parts[2].isEmpty { throw Unacceptable("the signature is empty", reason: .unsigned) }
        payload = try Self.object(parts[1], "payload")
        signature = try Self.bytes(parts[2], "signature")
        signingInput = Array(bytes[..<parts[1].endIndex])
    }

    /// The `jti` of a payload that may be broken elsewhere, for the answer to it.
    static func readableID(_ bytes: [UInt8]) -> TokenID? {
        let payload: JSONObject?
        if bytes.first == UInt8(ascii: "{") {
            payload = try? StrictJSON.parse(bytes, maximumDepth: maximumDepth).object
        } else {
            let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
            payload = parts.count >= 2 ? try? object(parts[1], "payload") : nil
        }
        return payload?["jti"]?.string.flatMap { TokenID($0) }
    }

    private static func object(_ part: ArraySlice<UInt8>, _ name: String) throws(Unacceptable) -> JSONObject {
        let value: JSONValue
        do {
            value = try StrictJSON.parse(try bytes(part, name), maximumDepth: maximumDepth)
        } catch let error as JSONError {
            throw Unacceptable("\(name): \(error)")
        } catch let error as Unacceptable {
            throw error
        } catch {
            throw Unacceptable("\(name) cannot be read")
        }
        guard case .object(let object) = value else { throw Unacceptable("\(name) is not a JSON object") }
        return object
    }

    private static func bytes(_ part: ArraySlice<UInt8>, _ name: String) throws(Unacceptable) -> [UInt8] {
        do { return try Base64URL.decode(part.span) } catch { throw Unacceptable("\(name) is not canonical base64url") }
    }
}
