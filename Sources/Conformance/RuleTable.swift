extension Rule {
    /// All rules, in the order they are tried. Those that judge everything the adapter said come last.
    public static let all: [Rule] =
        greeting + lines + ending + adding + pairing + operating + trouble + onTime + reading + dropping + codes + relock + links
        + speech

    /// The rules of a level and of those below it.
    public static func upTo(_ level: ConformanceLevel) -> [Rule] { all.filter { $0.level <= level } }
}
