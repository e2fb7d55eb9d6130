import ArgumentParser
import Conformance

extension AdapterCommand {
    /// `lockbridge adapter new`
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Start an adapter of your own from a template that works.",
            discussion: "Makes the folder NAME, which `lockbridge conform NAME` tries. Nothing that is there is overwritten.")

        @Argument(help: "The adapter's name: a-z, 0-9 and -.") var name: String
        @Option(name: .long, help: "The language: python or swift.") var language: AdapterTemplate.Language = .python
        @Option(name: .long, help: ArgumentHelp("Where to make the folder.", valueName: "folder")) var `in` = "."
        @Option(name: .long, help: ArgumentHelp("The template's folder, where it is not beside lockbridge.", valueName: "folder"))
        var template: String?
        @Option(
            name: .long,
            help: ArgumentHelp(
                "For swift, the package with AdapterKit: a checkout's folder or a git address. By default the checkout around this program.",
                valueName: "place"))
        var package: String?

        func run() throws {
            let folder: String
            do throws(ConformanceRefusal) {
                folder = try AdapterTemplate(language, folder: template, package: package).copy(name: name, into: self.in)
            } catch {
                throw CommandFailure(.failed, error.description)
            }
            let build = language == .swift ? "\(folder)/build && " : ""
            Terminal.print("Made \(folder). Try it:  \(build)lockbridge conform \(folder)")
            Terminal.print("Then put your lock in the place of Link; \(folder)/README.md says how.")
        }
    }
}

extension AdapterTemplate.Language: ExpressibleByArgument {}
