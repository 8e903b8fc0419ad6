/// What the program says where it is called with nothing.
enum StartText {
    static let text = """
        mailmount shows an IMAP account as a directory.

          mailmount setup                      find your account's servers, log in, mount
          mailmount demo ~/Mail                try it with a private server: no account needed
          mailmount mount imaps://you@host ~/Mail
          mailmount status                     what is mounted, and how it stands
          mailmount unmount ~/Mail

        mailmount --help lists all commands, mailmount help COMMAND explains one.
        """
}
