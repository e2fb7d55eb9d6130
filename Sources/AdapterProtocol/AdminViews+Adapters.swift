import LockModel
import WireBytes

/// `adapter.logs`' parameters.
package struct AdapterLogsRequest: Sendable, Codable, Equatable {
    package var adapter: AdapterName
    /// Go on with what it writes from now on.
    package var follow: Bool

    package init(adapter: AdapterName, follow: Bool) {
        self.adapter = adapter
        self.follow = follow
    }
}

/// A line of an adapter's log: by `log`, or on its standard error.
package struct AdapterLogLine: Sendable, Codable, Equatable {
    package var at: Timestamp
    /// `nil` for its standard error.
    package var level: LogLevel?
    /// Visible, cut at 1,000 bytes.
    package var text: String

    package init(at: Timestamp, level: LogLevel?, text: String) {
        self.at = at
        self.level = level
        self.text = text
    }
}

/// A line between core and adapter, with all that may be secret masked.
package struct AdapterTraceLine: Sendable, Codable, Equatable {
    package var at: Timestamp
    /// Whether it went to the adapter.
    package var toAdapter: Bool
    package var line: JSONObject

    package init(at: Timestamp, toAdapter: Bool, line: JSONObject) {
        self.at = at
        self.toAdapter = toAdapter
        self.line = line
    }
}
