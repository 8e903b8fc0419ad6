/// A moment in the life of a change, for tests that end the program there.
enum ChangeStep: Hashable, Sendable {
    /// The journal was written.
    case journal
    /// The journal says that a batch is sent; not an octet of it is.
    case beforeSend
    /// The server has answered; nothing of it is stored.
    case answered
    /// What the server made of it is known, and is to be stored now.
    case settling
    /// What the server answered is stored.
    case settled
}
