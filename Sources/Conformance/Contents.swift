import AdapterProtocol
import LockModel
import WireBytes

/// What stands in results and notifications, held against the types of the protocol.
enum Contents {
    /// Requests of the protocol that the kit does not play.
    static let laterRequests: Set<String> = [
        "blob.put", "blob.get",
    ]
    private static let laterNotifications: Set<String> = [
        "partner.fact", "appliance.observed", "camera.observed",
    ]
    private static let maximumStateBytes = 16_384

    /// Why a result is not what its method carries; `nil` where it is, or where the method is none of the table.
    static func problem(ofResult result: JSONObject, to method: String) -> String? {
        guard let method = Method(rawValue: method) else { return nil }
        do throws(JSONDecodingError) {
            switch method {
            case .initialize: _ = try RequestMethod.initialize.result(result)
            case .lockAdd: _ = try RequestMethod.lockAdd.result(result)
            case .lockOperate: _ = try RequestMethod.lockOperate.result(result)
            case .lockRead: _ = try RequestMethod.lockRead.result(result)
            case .lockConfigure: _ = try RequestMethod.lockConfigure.result(result)
            case .pairChoose: _ = try RequestMethod.pairChoose.result(result)
            default: break
            }
        } catch {
            return "\(error)"
        }
        return nil
    }

    /// Why a notification is not one of the protocol's.
    static func problem(ofNotification name: String, _ params: JSONObject) -> String? {
        if laterNotifications.contains(name) { return nil }
        guard let method = Method(rawValue: name), method.row.kind == .notification, method.row.direction.allows(.toCore) else {
            return "it sent \(name), which is no notification of an adapter's"
        }
        do throws(JSONDecodingError) {
            switch method {
            case .lockObserved: _ = try NotificationMethod.lockObserved.params(params)
            case .pairFound: _ = try NotificationMethod.pairFound.params(params)
            case .pairProgress: _ = try NotificationMethod.pairProgress.params(params)
            case .log: _ = try NotificationMethod.log.params(params)
            case .progress: _ = try NotificationMethod.progress.params(params)
            default: break
            }
        } catch {
            return "its \(name): \(error)"
        }
        return nil
    }

    /// Why a `state.put` cannot be taken.
    static func problem(ofState params: JSONObject) -> String? {
        do throws(JSONDecodingError) {
            let put = try RequestMethod.statePut.params(params)
            let size = (try? StrictJSON.encode(JSONValue.object(put.state)).count) ?? 0
            return size > maximumStateBytes ? "its state.put carries \(size) bytes of state, more than 16 KiB" : nil
        } catch {
            return "its state.put: \(error)"
        }
    }
}
