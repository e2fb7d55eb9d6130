import LockModel

/// `initialize`'s answer.
package struct AdminGreeting: Sendable, Codable, Equatable {
    package var gateway: String
    package var version: String
    package var roles: [AdminRole]

    package init(gateway: String, version: String, roles: [AdminRole]) {
        self.gateway = gateway
        self.version = version
        self.roles = roles
    }
}

/// `lock.add`'s parameters.
package struct LockAddRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    package var adapter: AdapterName
    package var title: String?
    package var maximumOpenSeconds: Int?
    package var relockWaiver: String?
    package var alwaysLocked: Bool?

    package init(
        lock: LockID, adapter: AdapterName, title: String? = nil, maximumOpenSeconds: Int? = nil, relockWaiver: String? = nil,
        alwaysLocked: Bool? = nil
    ) {
        self.lock = lock
        self.adapter = adapter
        self.title = title
        self.maximumOpenSeconds = maximumOpenSeconds
        self.relockWaiver = relockWaiver
        self.alwaysLocked = alwaysLocked
    }
}

/// `lock.lock`'s and `lock.unlock`'s parameters.
package struct LockCommandRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    /// `lock.unlock` only.
    package var openSeconds: Int?

    package init(lock: LockID, openSeconds: Int? = nil) {
        self.lock = lock
        self.openSeconds = openSeconds
    }
}

/// `lock.set`'s parameters: what is left out stays as it is.
package struct LockSetRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    package var title: String?
    package var maximumOpenSeconds: Int?
    /// Empty takes the waiver back.
    package var relockWaiver: String?
    package var alwaysLocked: Bool?

    package init(
        lock: LockID, title: String? = nil, maximumOpenSeconds: Int? = nil, relockWaiver: String? = nil, alwaysLocked: Bool? = nil
    ) {
        self.lock = lock
        self.title = title
        self.maximumOpenSeconds = maximumOpenSeconds
        self.relockWaiver = relockWaiver
        self.alwaysLocked = alwaysLocked
    }
}

/// `lock.configure`'s parameters on the admin socket.
package struct LockAutoRelockRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    /// The delay; `nil` disarms it.
    package var seconds: Int?

    package init(lock: LockID, seconds: Int?) {
        self.lock = lock
        self.seconds = seconds
    }
}

/// `adapter.accept`'s and `adapter.restart`'s parameters.
package struct AdapterRequest: Sendable, Codable, Equatable {
    package var adapter: AdapterName
    package init(adapter: AdapterName) { self.adapter = adapter }
}

/// `lock.why`'s parameters.
package struct LockRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    package init(lock: LockID) { self.lock = lock }
}

/// `lock.remove`'s parameters.
package struct LockRemoveRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    /// Forget it even where its adapter can't part from it.
    package var force: Bool

    package init(lock: LockID, force: Bool) {
        self.lock = lock
        self.force = force
    }
}

/// `alarm.clear`'s parameters.
package struct AlarmClearRequest: Sendable, Codable, Equatable {
    package var lock: LockID
    /// Why, for the record.
    package var note: String

    package init(lock: LockID, note: String) {
        self.lock = lock
        self.note = note
    }
}

/// `principal.add`'s parameters: public keys only.
package struct PrincipalAddRequest: Sendable, Codable, Equatable {
    package var principal: PrincipalID
    package var role: PrincipalRole
    package var keys: [PrincipalKey]

    package init(principal: PrincipalID, role: PrincipalRole, keys: [PrincipalKey]) {
        self.principal = principal
        self.role = role
        self.keys = keys
    }
}

/// `principal.suspend`'s, `.resume`'s and `.retireKey`'s parameters.
package struct PrincipalKeyRequest: Sendable, Codable, Equatable {
    package var principal: PrincipalID
    /// A key's thumbprint; `nil` means the whole principal.
    package var kid: String?

    package init(principal: PrincipalID, kid: String? = nil) {
        self.principal = principal
        self.kid = kid
    }
}

/// `principal.addKey`'s parameters.
package struct PrincipalAddKeyRequest: Sendable, Codable, Equatable {
    package var principal: PrincipalID
    package var key: PrincipalKey

    package init(principal: PrincipalID, key: PrincipalKey) {
        self.principal = principal
        self.key = key
    }
}

/// `grant.add`'s and `grant.revoke`'s parameters.
package struct GrantAddRequest: Sendable, Codable, Equatable {
    /// The compact token as the resident signed it.
    package var token: String
    package init(token: String) { self.token = token }
}

/// `lock.list`'s parameters; the answer is a page, since thousands of locks do not fit a line.
package struct LockListRequest: Sendable, Codable, Equatable {
    /// Locks after this one; `nil` begins with the first.
    package var after: LockID?
    /// This lock alone.
    package var lock: LockID?

    package init(after: LockID? = nil, lock: LockID? = nil) {
        self.after = after
        self.lock = lock
    }
}

/// `grant.list`'s parameters; the answer is a page.
package struct GrantListRequest: Sendable, Codable, Equatable {
    /// Grants after this one; `nil` begins with the first.
    package var after: TokenID?

    package init(after: TokenID? = nil) { self.after = after }
}

/// `events.list`'s parameters.
package struct EventsListRequest: Sendable, Codable, Equatable {
    /// Records after this one; `nil` gives the newest.
    package var after: Int64?
    package var limit: Int

    package init(after: Int64? = nil, limit: Int) {
        self.after = after
        self.limit = limit
    }
}
