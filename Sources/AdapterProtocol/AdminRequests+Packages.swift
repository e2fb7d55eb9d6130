import LockModel

/// `adapter.upload`'s parameters: a piece of a package. One upload at a time; offset 0 begins anew.
package struct AdapterUploadRequest: Sendable, Codable, Equatable {
    /// The most bytes of a piece: with base64url it fits a line.
    package static let maximumPieceBytes = 36_864
    package var offset: Int
    /// base64url.
    package var data: String

    package init(offset: Int, data: String) {
        self.offset = offset
        self.data = data
    }
}

/// `adapter.add`'s parameters.
package struct AdapterAddRequest: Sendable, Codable, Equatable {
    package var adapter: AdapterName
    /// What the asker looked at.
    package var digest: Digest

    package init(adapter: AdapterName, digest: Digest) {
        self.adapter = adapter
        self.digest = digest
    }
}

/// `adapter.add`'s answer where the package was not installed at once.
package struct AdapterAddAnswer: Sendable, Codable, Equatable {
    /// What it asks for beyond what was accepted; it waits for `adapter.accept`.
    package var wants: [String]?
    /// It was there already.
    package var unchanged: Bool?

    package init(wants: [String]? = nil, unchanged: Bool? = nil) {
        self.wants = wants
        self.unchanged = unchanged
    }
}
