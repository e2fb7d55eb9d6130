import AdapterProtocol
import CMosquitto
import Glibc
import LinuxIO

extension MosquittoHandle {
    /// Unacknowledged publishes the library may hold: it walks their list on every call.
    static let sendMaximum = 256
    private static let receiveMaximum = 64

    /// Resolves the name, connects TCP and begins TLS. Blocks: for a thread of its own.
    ///
    /// CONNECT is queued and leaves with the first ``write()``. Password, certificates and keys are read anew each time, so
    /// renewed ones are taken up with the next connection, and we keep no secret.
    static func connect(_ settings: BusSettings) throws(ConnectionLoss) -> MosquittoHandle {
        let params = settings.params
        guard let handle = MosquittoHandle(clientID: params.clientId, payloadLimit: params.limits.payloadBytes) else {
            throw .broken(IOFailure.text(of: ENOMEM))
        }
        try handle.configure(settings)
        var properties = MosquittoProperties()
        if params.protocol == .v5 {
            // Session expiry is left out, which means 0: the session ends with the connection.
            do throws(PublishFault) {
                try properties.add(settings.maximumPacketBytes, as: MQTT_PROP_MAXIMUM_PACKET_SIZE)
            } catch {
                throw .broken("\(error)")
            }
        }
        let error = mosquitto_connect_bind_v5(
            handle.raw, settings.address.host, Int32(settings.address.port), Int32(params.keepAliveSeconds), nil, properties.first)
        let code = errno
        switch mosq_err_t(rawValue: error) {
        case MOSQ_ERR_SUCCESS: return handle
        case MOSQ_ERR_EAI: throw .nameNotResolved(String(cString: gai_strerror(code)))
        case MOSQ_ERR_ERRNO: throw .unreachable(IOFailure.text(of: code))
        case MOSQ_ERR_TLS: throw .tls(handle.complaint ?? text(of: error))
        default: throw .broken(text(of: error))
        }
    }

    private func configure(_ settings: BusSettings) throws(ConnectionLoss) {
        let params = settings.params
        let version = params.protocol == .v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311
        try check(mosquitto_int_option(raw, MOSQ_OPT_PROTOCOL_VERSION, version))
        try check(mosquitto_int_option(raw, MOSQ_OPT_TCP_NODELAY, 1))
        try check(mosquitto_int_option(raw, MOSQ_OPT_RECEIVE_MAXIMUM, Int32(MosquittoHandle.receiveMaximum)))
        try check(mosquitto_int_option(raw, MOSQ_OPT_SEND_MAXIMUM, Int32(MosquittoHandle.sendMaximum)))
        try check(mosquitto_threaded_set(raw, true))
        if let will = params.will {
            try check(
                mosquitto_will_set_v5(
                    raw, will.topic, Int32(settings.willPayload.count), settings.willPayload, Int32(will.qos), will.retain, nil))
        }
        if params.username != nil || params.passwordFile != nil {
            let password = try params.passwordFile.map { path throws(ConnectionLoss) in try MosquittoHandle.password(at: path) }
            try check(mosquitto_username_pw_set(raw, params.username, password))
        }
        if settings.address.isEncrypted { try configureTLS(params.tls) }
    }

    /// TLS 1.3 and nothing older; the host name or address must be in the broker's certificate. Without a CA of its own the
    /// system's are trusted.
    private func configureTLS(_ tls: BusConfigureParams.TLS?) throws(ConnectionLoss) {
        try check(mosquitto_tls_set(raw, tls?.ca, tls == nil ? "/etc/ssl/certs" : nil, tls?.certificate, tls?.key, nil))
        let verifyPeer: Int32 = 1
        try check(mosquitto_tls_opts_set(raw, verifyPeer, "tlsv1.3", nil))
    }

    /// The first line of the file.
    private static func password(at path: String) throws(ConnectionLoss) -> String {
        let text: String
        do throws(IOFailure) {
            text = try SmallFile.text(at: path)
        } catch {
            throw .passwordFile(IOFailure.text(of: error.code))
        }
        let line = text.prefix { !$0.isNewline }
        guard !line.isEmpty, !line.utf8.contains(0) else { throw .passwordFile("holds no password") }
        return String(line)
    }

    private func check(_ error: Int32) throws(ConnectionLoss) {
        guard error != 0 else { return }
        let text = MosquittoHandle.text(of: error)
        throw error == Int32(MOSQ_ERR_TLS.rawValue) || error == Int32(MOSQ_ERR_NOT_SUPPORTED.rawValue) ? .tls(text) : .broken(text)
    }
}
