import GatewayCore
import Journal
import LockModel
import Logging
import WireBytes

/// Everything the gateway says on a bus.
extension GatewayService {
    // MARK: Replies

    func send(_ reply: Reply, to destination: ReplyDestination) {
        switch destination {
        case .bus(let route):
            guard let bus = buses[route.bus], let payload = written(ReplyDocument(reply: reply)) else { return }
            let publication = BusLink.Publication(
                topic: route.responseTopic ?? bus.topics.reply(route.principal), payload: payload, contentType: "application/json",
                correlation: route.correlation)
            bus.reply(publication, to: BusLink.ReplyKey(principal: route.principal, id: reply.id, digest: reply.digest))
        case .admin(let ticket): adminReply(ticket, reply)
        }
    }

    /// The newest reply to a token that came again, byte for byte, by the way of whoever asks now.
    func sendStored(_ destination: ReplyDestination, _ issuer: PrincipalID, _ id: TokenID, _ number: Int64) {
        do throws(JournalFailure) {
            guard let answer = try journal.record(number)?.answers.last(where: { $0.principal == issuer && $0.reply.id == id }) else {
                return
            }
            send(answer.reply, to: destination)
        } catch {
            log.error("a stored answer can't be read", metadata: ["record": "\(number)", "error": "\(error)"])
        }
    }

    // MARK: Retained

    func publish(_ notice: Notice) {
        guard let bus = buses[notice.bus] else { return }
        var payload: [UInt8] = []
        if let owed = notice.owed {
            guard let bytes = written(owed) else { return }
            payload = bytes
        }
        bus.publish(
            BusLink.Publication(
                topic: bus.topics.obligation(notice.lock, notice.principal), payload: payload, isRetained: true,
                contentType: notice.owed == nil ? nil : "application/json", receipt: notice.acknowledges.map { .notice(notice.lock, $0) }))
    }

    func publish(_ snapshot: LockSnapshot?, of lock: LockID, to principal: PrincipalID, on name: BusName) {
        guard let bus = buses[name] else { return }
        let payload = snapshot.flatMap { written($0) } ?? []
        bus.publish(
            BusLink.Publication(
                topic: bus.topics.lock(lock, principal), payload: payload, isRetained: true,
                contentType: payload.isEmpty ? nil : "application/json"))
    }

    func publish(_ status: GrantStatus, to principal: PrincipalID, on name: BusName) {
        guard let bus = buses[name], let payload = written(GrantStatusDocument(status)) else { return }
        bus.publish(
            BusLink.Publication(
                topic: bus.topics.grant(status.id, principal), payload: payload, isRetained: true, contentType: "application/json"))
    }

    // MARK: Events

    /// A record is durable: its event goes to everybody it is addressed to.
    func published(_ record: LockModel.Record) {
        // The event is the same for everybody but for its sequence.
        var event: CloudEvent?
        for addressee in record.addressees {
            guard let bus = machine.settings.bus(serving: addressee.principal).flatMap({ buses[$0] }) else { continue }
            let isNext = streams[addressee.principal, default: EventStream(cursor: EventCursor(principal: addressee.principal))].append(
                addressee.sequence)
            if isNext {
                var own = event ?? CloudEvent(record, sequence: nil, gateway: configuration.gateway, ids: ids)
                event = own
                own.sequence = printedSequence(addressee.sequence)
                send(own, addressee.sequence, to: addressee.principal, by: bus)
            } else if bus.isConnected {
                backlogs[addressee.principal, default: EventBacklog()].append(addressee.sequence, record)
            }
        }
        if admin?.hasWatchers == true { admin?.broadcast(CloudEvent(record, sequence: nil, gateway: configuration.gateway, ids: ids)) }
    }

    /// Sends what a stream still owes: from memory where it is still there, else read from the journal.
    func follow(_ step: EventStream.Step, _ principal: PrincipalID, _ bus: BusLink) {
        guard case .fetch(let after, let limit) = step else { return }
        if let kept = backlogs[principal]?.take(after: after, limit: limit), !kept.isEmpty {
            for (sequence, record) in kept {
                send(record, sequence, to: principal, by: bus)
                streams[principal]?.fetched(upTo: sequence)
            }
            return
        }
        do throws(JournalFailure) {
            for (sequence, number, record) in try journal.events(of: principal, after: after, limit: limit) {
                sendAgain(record, sequence, number, to: principal, by: bus)
                streams[principal]?.fetched(upTo: sequence)
            }
        } catch {
            log.error("missed events can't be read", metadata: ["principal": "\(principal)", "error": "\(error)"])
        }
    }

    /// An event as the journal has it; one whose content was erased is told as such, so that no gap shows.
    func sendAgain(_ record: LockModel.Record?, _ sequence: Int64, _ number: Int64, to principal: PrincipalID, by bus: BusLink) {
        guard let record else {
            let expired = CloudEvent.expired(sequence: sequence, record: number, gateway: configuration.gateway, ids: ids, at: time.now())
            return send(expired, sequence, to: principal, by: bus)
        }
        send(record, sequence, to: principal, by: bus)
    }

    private func send(_ record: LockModel.Record, _ sequence: Int64, to principal: PrincipalID, by bus: BusLink) {
        send(CloudEvent(record, sequence: sequence, gateway: configuration.gateway, ids: ids), sequence, to: principal, by: bus)
    }

    private func send(_ event: some Encodable, _ sequence: Int64, to principal: PrincipalID, by bus: BusLink) {
        guard let payload = written(event) else { return }
        bus.publish(
            BusLink.Publication(
                topic: bus.topics.event(principal), payload: payload, contentType: "application/cloudevents+json",
                receipt: .event(principal, sequence)))
    }

    private func written(_ value: some Encodable) -> [UInt8]? {
        do {
            return try StrictJSON.encode(value)
        } catch {
            log.critical("a message of ours can't be written", metadata: ["error": "\(error)"])
            return nil
        }
    }
}
