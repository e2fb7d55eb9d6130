import LockModel

/// What somebody on the admin socket may be (`decisions`, Home, configuration, command line).
package enum AdminRole: String, Sendable, Codable, CaseIterable {
    case `operator`, installer
}

/// Every method of the admin socket, named as the command line names it, with the roles that may call it.
///
/// The line codec is the adapters' own; `initialize` comes first. Reading needs one of the two roles, since the socket itself is open to them only.
package enum AdminMethod: String, Sendable, CaseIterable {
    case initialize
    case status
    case lockAdd = "lock.add"
    case lockList = "lock.list"
    case lockLock = "lock.lock"
    case lockUnlock = "lock.unlock"
    case lockSet = "lock.set"
    /// Sets the lock's own auto-relock; the answer is what was read back of it.
    case lockConfigure = "lock.configure"
    case lockWhy = "lock.why"
    case alarmClear = "alarm.clear"
    case drain
    case drainEnd = "drain.end"
    case clockAccept = "clock.accept"
    case principalAdd = "principal.add"
    case principalList = "principal.list"
    case principalSuspend = "principal.suspend"
    case principalResume = "principal.resume"
    case principalAddKey = "principal.addKey"
    case principalRetireKey = "principal.retireKey"
    case grantAdd = "grant.add"
    case grantList = "grant.list"
    case grantRevoke = "grant.revoke"
    case eventsList = "events.list"
    case watch
    case adapterList = "adapter.list"
    case adapterAccept = "adapter.accept"
    case adapterRestart = "adapter.restart"
    /// A piece of a package, at the end of the one before.
    case adapterUpload = "adapter.upload"
    /// Installs the package that was uploaded, or keeps it until it is accepted.
    case adapterAdd = "adapter.add"
    case adapterRemove = "adapter.remove"
    case adapterDisable = "adapter.disable"
    case adapterEnable = "adapter.enable"
    /// The lines it wrote last as notifications, then the answer; with `follow` it goes on, without an answer.
    case adapterLogs = "adapter.logs"
    /// Each line to it and from it as a notification, without an answer.
    case adapterTrace = "adapter.trace"
    case pairStart = "pair.start"
    /// The view of the pairing under way, then each change of it as a notification.
    case pairFollow = "pair.follow"
    case pairChoose = "pair.choose"
    case pairAnswer = "pair.answer"
    case pairCancel = "pair.cancel"
    case lockIdentify = "lock.identify"
    /// What is heard on the air as notifications, then the answer.
    case scan
    /// Tries a door in one case, as notifications while it runs, then the result as it is recorded.
    case lockProve = "lock.prove"
    /// How well a lock is reached, as notifications while it is measured, then the answer.
    case lockSurvey = "lock.survey"
    /// Parts from a lock and forgets it; a reply on the way tells where the lock itself could not be reached.
    case lockRemove = "lock.remove"
    case auditVerify = "audit.verify"
    case handover
    case keyShow = "key.show"

    /// Who may call it.
    package var roles: [AdminRole] {
        switch self {
        case .initialize, .status, .lockList, .principalList, .grantList, .eventsList, .watch, .adapterList, .auditVerify, .keyShow,
            .lockLock, .lockWhy, .drain, .drainEnd, .adapterRestart, .adapterLogs, .adapterDisable, .adapterEnable,
            .scan, .lockSurvey:
            [.operator, .installer]
        case .lockAdd, .lockSet, .lockConfigure, .lockUnlock, .handover, .adapterAccept, .adapterTrace, .adapterUpload, .adapterAdd,
            .adapterRemove,
            .pairStart, .pairFollow, .pairChoose, .pairAnswer,
            .pairCancel,
            .lockIdentify, .lockRemove, .lockProve:
            [.installer]
        case .principalAdd, .grantAdd, .grantRevoke: [.operator, .installer]
        case .principalSuspend, .principalResume, .principalAddKey, .principalRetireKey, .alarmClear, .clockAccept:
            [.operator]
        }
    }
}

/// The notifications of the admin socket.
package enum AdminNotification: String, Sendable {
    /// A command on a lock got further: a `Reply`.
    case reply
    /// `watch`: an event, as CloudEvents JSON.
    case event
    /// `pair.follow`: the pairing under way, whole, after each change: a `PairView`.
    case pair
    /// `scan`: a `ScanFind`, again whenever it is heard again.
    case found
    /// `lock.survey`: a `SurveyView` of so far.
    case survey
    /// `lock.prove`: a `ProofView`.
    case proof
    /// `adapter.logs`: an `AdapterLogLine`.
    case adapterLog
    /// `adapter.trace`: an `AdapterTraceLine`.
    case adapterTrace
    /// `audit.verify`: how many records are done.
    case progress
}
