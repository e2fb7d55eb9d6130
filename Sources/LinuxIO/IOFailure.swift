import Glibc

/// A system call that failed: which, and why.
///
/// The caller decides by ``code``; ``description`` is for the operator's log and names no data that passed through.
package struct IOFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The call, as its manual page is named, for example `bind`.
    package let call: String

    /// The `errno` it left.
    package let code: Int32

    package init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    /// The failure that the call which has just returned left in `errno`.
    package static func last(_ call: String) -> IOFailure {
        IOFailure(call: call, code: errno)
    }

    package var description: String {
        "\(call): \(IOFailure.text(of: code))"
    }

    /// The C library's words for an `errno`.
    package static func text(of code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
