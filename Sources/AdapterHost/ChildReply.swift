import AdapterProtocol

/// The one answer to a child's request; a second one is ignored, as is one after the child has gone.
package struct ChildReply {
    private let send: (_ line: (RequestID) -> [UInt8]) -> Void

    init(_ send: @escaping (_ line: (RequestID) -> [UInt8]) -> Void) {
        self.send = send
    }

    /// Answers with a result.
    package func succeed(_ result: some Encodable) {
        send { id in
            (try? LineCodec.result(result, to: id)) ?? LineCodec.failure(.internalError("the result is too long"), to: id)
        }
    }

    /// Refuses.
    package func fail(_ error: RPCError) {
        send { id in LineCodec.failure(error, to: id) }
    }

    /// The same reply, with something to do once it was given.
    func afterwards(_ body: @escaping () -> Void) -> ChildReply {
        ChildReply { line in
            send(line)
            body()
        }
    }
}
