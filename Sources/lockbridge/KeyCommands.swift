import AdapterProtocol
import ArgumentParser
import Gateway
import LockCrypto
import WireBytes

/// `lockbridge key`
struct KeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Make signing keys, and show public ones.", subcommands: [New.self, Show.self])

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Make a signing key: FILE for yourself, FILE.pub.pem to be enrolled.",
            discussion: "The private file is readable by you alone. ES256 is for key vaults that have no Ed25519.")
        @Argument(help: "Where to write the private key, for example acme.pem.") var file: String
        @Option(name: .long, help: "ed25519 or es256.") var algorithm = "ed25519"

        func run() throws {
            guard let kind: SignatureAlgorithm = algorithm == "ed25519" ? .ed25519 : algorithm == "es256" ? .es256 : nil else {
                throw CommandFailure(.usage, "--algorithm is ed25519 or es256")
            }
            let key = try SigningKey.generate(kind)
            let publicFile = KeyFile.publicName(of: file)
            do throws(GatewayHome.Failure) {
                try PrivateFile.write(key.pem, to: file)
                try PrivateFile.write(Array(key.verifyingKey.pem.utf8), to: publicFile, mode: 0o644)
            } catch {
                throw CommandFailure(.failed, "\(error); nothing is ever overwritten, choose another name")
            }
            Terminal.print("Private key: \(file) (keep it to yourself)")
            Terminal.print("Public key:  \(publicFile) (have it enrolled)")
            Terminal.print("kid:         \(key.verifyingKey.thumbprint)")
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Show a public key and its kid: a file's, or without one the gateway's own.",
            discussion: "Retailers enrol the gateway's key to check the replies it signs.")
        @OptionGroup var options: HomeOptions
        @OptionGroup var output: OutputOptions
        @Argument(help: "A public key file.") var file: String?

        func run() throws {
            let view: KeyView
            if let file {
                let key = try KeyFile.readPublic(file)
                view = KeyView(kid: key.thumbprint, pem: key.pem)
            } else {
                view = try AdminClient(home: options.home).call(.keyShow, Nothing())
            }
            if output.json { return try Terminal.json(view) }
            Terminal.print("kid: \(view.kid)")
            Terminal.print(view.pem)
        }
    }
}

/// Key files on the command line.
enum KeyFile {
    static func publicName(of file: String) -> String { (file.hasSuffix(".pem") ? String(file.dropLast(4)) : file) + ".pub.pem" }

    /// A public key from a PEM or JWK file.
    static func readPublic(_ file: String) throws -> VerifyingKey {
        let text = try TextFile.read(file, maximumBytes: 8192)
        do {
            if text.hasPrefix("{") || text.hasPrefix(" "), case .object(let jwk) = try StrictJSON.parse(Array(text.utf8), maximumDepth: 4) {
                return try VerifyingKey(jwk: jwk)
            }
            return try VerifyingKey(pem: text)
        } catch {
            throw CommandFailure(.failed, "\(file) holds no public key this gateway takes (Ed25519 or P-256, as PEM or JWK): \(error)")
        }
    }

    /// A private key from a PKCS#8 PEM file.
    static func readPrivate(_ file: String) throws -> SigningKey {
        do {
            var bytes = try PrivateFile.read(file, maximumBytes: 8192)
            return try SigningKey(pem: SecretBytes(wiping: &bytes))
        } catch let failure as GatewayHome.Failure {
            throw CommandFailure(.failed, "\(failure)")
        } catch {
            throw CommandFailure(
                .failed, "\(file) holds no private key in PKCS#8 PEM (Ed25519 or P-256); make one with `lockbridge key new \(file)`")
        }
    }
}

/// Text files and standard input on the command line.
enum TextFile {
    /// Reads a file, or standard input for `-`; blanks around it are cut off.
    static func read(_ file: String, maximumBytes: Int) throws -> String {
        do throws(GatewayHome.Failure) {
            let bytes = try PrivateFile.read(file == "-" ? "/dev/stdin" : file, maximumBytes: maximumBytes)
            guard let text = String(validating: bytes, as: UTF8.self) else { throw GatewayHome.Failure.missing(file) }
            return trimmed(text)
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
    }

    private static func trimmed(_ text: String) -> String {
        var bytes = Array(text.utf8)[...]
        while let last = bytes.last, last <= 0x20 { bytes = bytes.dropLast() }
        while let first = bytes.first, first <= 0x20 { bytes = bytes.dropFirst() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
