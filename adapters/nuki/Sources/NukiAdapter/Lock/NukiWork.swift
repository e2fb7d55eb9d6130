/// Work beside the core's calls: following a link to its end, reading a lock for its beacon, telling what happened at it.
typealias NukiWork = @Sendable () async -> Void

/// Has such work done, in the adapter's own task.
typealias NukiSpawn = @Sendable (@escaping NukiWork) -> Void
