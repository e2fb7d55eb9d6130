/// What a supervisor has counted of one child, over all its lives.
package struct ChildCounters: Sendable, Equatable {
    /// Ends that were not asked for.
    package var crashes = 0
    /// Answers after nobody waited for them any more.
    package var lateAnswers = 0
    /// Notifications nobody knows.
    package var ignoredNotifications = 0
    /// Lines of its standard error beyond the rate.
    package var droppedLogLines = 0
}
