import CLinux

/// What a process may beyond its user (capabilities(7)).
package enum Capabilities {
    /// Gives up all of them for good, and every way to new ones: for a process that has opened what it needed one for.
    /// - Throws: ``IOFailure`` when the kernel refuses.
    package static func drop() throws(IOFailure) {
        guard lb_drop_capabilities() == 0 else { throw .last("capset") }
    }
}
