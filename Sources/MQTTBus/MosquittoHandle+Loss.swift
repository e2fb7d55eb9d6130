import AdapterProtocol
import CMosquitto
import LinuxIO

extension MosquittoHandle {
    /// Why the connection is gone, from the library's error and the code its callback gave.
    ///
    /// A DISCONNECT packet comes with error 0 and the broker's reason code; everything else with an error of the library's.
    /// With TLS 1.3 the broker judges our certificate after the handshake: its alert, or with bad luck only its hanging up,
    /// comes with the first reads.
    /// - Parameter isJudging: the connection is encrypted and CONNACK has not come.
    func loss(error: Int32, end: (code: Int32, errno: Int32)?, isJudging: Bool) -> ConnectionLoss {
        if error == 0, let end { return .ended(code: end.code, MosquittoHandle.text(ofReason: end.code)) }
        switch mosq_err_t(rawValue: error) {
        case MOSQ_ERR_KEEPALIVE: return .keepAlive
        case MOSQ_ERR_TLS: return .tls(complaint ?? MosquittoHandle.text(of: error))
        case MOSQ_ERR_ERRNO where isJudging, MOSQ_ERR_CONN_LOST where isJudging: return .tls(complaint ?? "hung up before CONNACK")
        case MOSQ_ERR_ERRNO: return .broken(end.map { IOFailure.text(of: $0.errno) } ?? MosquittoHandle.text(of: error))
        default: return .broken(MosquittoHandle.text(of: error))
        }
    }

    /// The words for the reason code in a CONNACK, which are another table on 3.1.1.
    func text(ofRefusal code: Int32, version: BusConfigureParams.MQTTVersion) -> String {
        switch version {
        case .v5: MosquittoHandle.text(ofReason: code)
        case .v311: mosquitto_connack_string(code).map { String(cString: $0) } ?? ""
        }
    }
}
