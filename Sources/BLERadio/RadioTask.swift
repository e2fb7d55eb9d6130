/// What `lockbridge-ble` is started for.
package enum RadioTask: Equatable, Sendable {
    /// A core at standard input and output, which names the controller.
    case serve
    /// One core that comes to a unix socket, with this controller and no other: for a radio that is started apart, with a capability its core lacks.
    case listen(path: String, ControllerPlace)
    /// Lines between standard input and output and a radio that listens.
    case relay(path: String)

    package static let usage = """
        usage: lockbridge-ble                               serve the core at standard input and output
               lockbridge-ble --listen PATH --hci PLACE     serve one core that comes to the socket PATH
               lockbridge-ble --connect PATH                pass lines on to a radio that listens there

        """

    /// Reads the arguments after the program's name, else `nil`.
    package init?(_ arguments: [String]) {
        switch arguments.count {
        case 0: self = .serve
        case 2 where arguments[0] == "--connect" && arguments[1].hasPrefix("/"): self = .relay(path: arguments[1])
        case 4 where arguments[0] == "--listen" && arguments[1].hasPrefix("/") && arguments[2] == "--hci":
            guard let place = ControllerPlace(arguments[3]) else { return nil }
            self = .listen(path: arguments[1], place)
        default: return nil
        }
    }
}
