import LinuxIO
import Testing

/// A certificate authority of the test's own, made with openssl.
struct Certificates {
    let folder: TemporaryFolder
    let name: String

    var authority: String { folder.file("\(name).pem") }

    init(in world: World, name: String = "authority") throws {
        folder = world.folder
        self.name = name
        try Certificates.openssl(
            world,
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=\(name)",
                "-keyout", folder.file("\(name).key"), "-out", authority,
            ])
    }

    /// A certificate and its key, in files.
    func issue(_ subject: String, in world: World, names: String = "IP:127.0.0.1") throws -> (certificate: String, key: String) {
        let files = (certificate: folder.file("\(subject).pem"), key: folder.file("\(subject).key"))
        let request = folder.file("\(subject).csr")
        let extensions = try folder.write("\(subject).ext", "subjectAltName=\(names)\n")
        try Certificates.openssl(
            world,
            [
                "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(subject)", "-keyout", files.key,
                "-out", request,
            ])
        try Certificates.openssl(
            world,
            [
                "x509", "-req", "-in", request, "-CA", authority, "-CAkey", folder.file("\(name).key"), "-CAcreateserial", "-days", "2",
                "-extfile", extensions, "-out", files.certificate,
            ])
        return files
    }

    private static func openssl(_ world: World, _ arguments: [String]) throws {
        let run = try world.start("/usr/bin/openssl", arguments)
        try world.until("openssl is done") { run.status != nil }
        try #require(run.status == .exited(0), "\(run.errors)")
    }
}
