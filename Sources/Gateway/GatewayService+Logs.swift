import AdapterProtocol
import LockModel
import WireBytes

/// What adapters write and say, for somebody who looks.
extension GatewayService {
    /// Gives the lines it wrote last; with `follow` those that come as well, until the session ends.
    func showLogs(_ ticket: Int64, _ request: AdapterLogsRequest) throws {
        guard let adapters, adapters.needs(of: request.adapter) != nil else { throw Self.unknown(request.adapter) }
        for line in adapters.logLines(of: request.adapter) { admin?.notify(ticket, .adapterLog, line) }
        guard request.follow else {
            admin?.respond(ticket, Nothing())
            return
        }
        let isTold = adapters.followLog(of: request.adapter) { [weak self] in self?.admin?.notify(ticket, .adapterLog, $0) ?? false }
        guard isTold else { throw Self.tooMany }
    }

    /// Tells every line to it and from it, masked, until the session ends.
    func traceAdapter(_ ticket: Int64, _ request: AdapterRequest) throws {
        guard let adapters, adapters.needs(of: request.adapter) != nil else { throw Self.unknown(request.adapter) }
        let isTold = adapters.trace(request.adapter) { [weak self] toAdapter, bytes in
            guard let self, let admin else { return false }
            guard case .object(let line)? = try? StrictJSON.parse(bytes, maximumDepth: LineCodec.maximumDepth) else { return true }
            let shown = AdapterTraceLine(at: time.now().wall, toAdapter: toAdapter, line: TraceMask.masked(line))
            return admin.notify(ticket, .adapterTrace, shown)
        }
        guard isTold else { throw Self.tooMany }
    }

    private static var tooMany: RPCError { RPCError(code: -32002, message: "Too many look at this adapter already.", reason: .busy) }
}
