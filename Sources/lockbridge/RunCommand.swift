import ArgumentParser
import Gateway
import Glibc
import LinuxIO
import Logging

/// `lockbridge run`
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the gateway in the foreground until it is told to stop.",
        discussion: """
            SIGTERM and SIGINT stop it in order: nothing new is taken on, every door it opened is locked and confirmed (up to a minute), then it ends.
            It logs one line per event to standard error.
            """)

    @OptionGroup var options: HomeOptions

    @Option(name: .long, help: "The least level that is logged: trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Keep every input and decision in a new file, for a report: tokens, titles and notes are left out, names and times stay. `lockbridge-sim --replay FILE` repeats it.",
            valueName: "file"))
    var trace: String?

    func validate() throws {
        if Logger.Level(rawValue: logLevel) == nil {
            throw ValidationError("--log-level is trace, debug, info, notice, warning, error or critical")
        }
    }

    func run() throws {
        let home = GatewayHome.standard(flag: options.home)
        var log = Logger(label: "core") { _ in StandardErrorLog(target: "core") }
        log.logLevel = Logger.Level(rawValue: logLevel) ?? .info
        let ending: GatewayService.Ending
        do {
            let configuration = try home.readConfiguration()
            // Before any thread starts: windows are read in the site's time zone.
            setenv("TZ", configuration.timeZone, 1)
            tzset()
            let gateway = try GatewayService(home: home, configuration: configuration, version: Lockbridge.version, log: log)
            if let trace { try gateway.keepTrace(in: trace) }
            ending = try gateway.run()
        } catch let mistake as ConfigurationMistake {
            throw CommandFailure(.configuration, "\(home.configuration): \(mistake)")
        } catch GatewayHome.Failure.running(let path) {
            throw CommandFailure(.failed, "\(GatewayHome.Failure.running(path))")
        } catch GatewayHome.Failure.damaged(let what) {
            throw CommandFailure(.frozen, "\(GatewayHome.Failure.damaged(what))")
        } catch let failure as GatewayHome.Failure {
            throw CommandFailure(.configuration, "\(failure)")
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.failed, "\(error)")
        }
        if ending != .stopped { throw ExitCode(ending.rawValue) }
    }
}
