import LockModel
import WireBytes

/// Marks the name of a blob.
package enum BlobKind {}
/// The name of something an adapter keeps beside its states, unique within the adapter.
package typealias BlobName = Name<BlobKind>

/// A piece of something larger than a state: the parameters of `blob.put` (a controller's backup, a clip).
///
/// Pieces come in order, each at the end of the one before; the last says so, and only then the whole replaces what was kept under that name.
package struct BlobPutParams: Sendable, Codable, Equatable {
    /// At most 48 KiB of base64 fits a line with the rest.
    package static let maximumPieceBytes = 36_864

    package var blob: BlobName
    /// Where the piece begins; 0 begins anew.
    package var offset: Int
    /// base64url without padding.
    package var data: String
    package var last: Bool

    package init(blob: BlobName, offset: Int, data: String, last: Bool) {
        self.blob = blob
        self.offset = offset
        self.data = data
        self.last = last
    }
}

/// Where to read: the parameters of `blob.get`.
package struct BlobGetParams: Sendable, Codable, Equatable {
    package var blob: BlobName
    package var offset: Int

    package init(blob: BlobName, offset: Int) {
        self.blob = blob
        self.offset = offset
    }
}

/// A piece of what was kept; empty at its end.
package struct BlobGetResult: Sendable, Codable, Equatable {
    package var data: String
    /// The size of the whole, in bytes.
    package var size: Int

    package init(data: String, size: Int) {
        self.data = data
        self.size = size
    }
}

extension RequestMethod where Params == BlobPutParams, Result == Nothing {
    package static var blobPut: Self { Self(.blobPut) }
}
extension RequestMethod where Params == BlobGetParams, Result == BlobGetResult {
    package static var blobGet: Self { Self(.blobGet) }
}
