import ArgumentParser
import MailMountCommands

@main
struct MailMount {
    static func main() async {
        await MailMountCommand.main()
    }
}
