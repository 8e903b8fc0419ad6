internal import Fuse
internal import MailModel
internal import MailText
internal import MailTree

/// `.views/text`: what a person reads of each message, as a text file.
public enum TextView {
    public static func root(of account: any ViewedAccount, modified: Int64) -> any ViewDirectory {
        FolderView(account: account, shape: TextShape(account: account), folder: .root, modified: modified)
    }
}

/// `NAME.eml` is `NAME.txt` here. A message that a program has given a name without `.eml` has `.txt` behind all of it.
struct TextShape: MessageShape {
    let account: any ViewedAccount
    let maker = TextMaker()

    var kind: Attributes.Kind { .regularFile }

    func shown(_ name: some Collection<UInt8>) -> [UInt8]? {
        let stem = name.count > 4 && name.suffix(4).elementsEqual(".eml".utf8) ? name.count - 4 : name.count
        let shown = Array(name.prefix(stem)) + Array(".txt".utf8)
        return shown.count <= 255 ? shown : nil
    }

    func original(_ shown: [UInt8]) -> [[UInt8]] {
        guard shown.count > 4, shown.suffix(4).elementsEqual(".txt".utf8) else { return [] }
        let stem = Array(shown.dropLast(4))
        return [stem + Array(".eml".utf8), stem]
    }

    func node(_ message: MessageAttributes) -> ViewNode {
        .file(TextFile(account: account, message: message, maker: maker))
    }
}

struct TextFile: ViewFile {
    let account: any ViewedAccount
    let message: MessageAttributes
    let maker: TextMaker

    var modified: Int64 { message.modified }

    var sizeLimit: UInt64 { ReadableText.longest(of: message.size) }
    var version: [UInt64] { message.version(at: account.currentTime) }
    var position: UInt64? { UInt64(clamping: message.id.rawValue) }
    var source: MessageID? { message.id }

    func opened() { account.opened(message.id, inParts: false) }

    func sizeAtHand() -> UInt64? { account.keptTextSize(of: message.id, form: ReadableText.form) }

    private static let large = LargeMessages()

    private var isLarge: Bool { message.size > LargeMessages.size }

    func contentAtHand() async throws -> ViewContent? {
        if kept != nil || isLarge { return kept }
        guard let octets = try account.cachedOctets(of: message.id) else { return nil }
        return await text(of: octets)
    }

    func content() async throws -> ViewContent {
        if let kept { return kept }
        guard isLarge else { return await text(of: try await account.octets(of: message.id)) }
        return try await Self.large.inTurn {
            // Another may have made it meanwhile.
            if let kept { return kept }
            return await text(of: try await account.octets(of: message.id))
        }
    }

    private var kept: ViewContent? {
        account.keptText(of: message.id, form: ReadableText.form).map(ViewContent.init)
    }

    private func text(of octets: [UInt8]) async -> ViewContent {
        let text = await maker.text(of: octets, version: version + [UInt64(octets.count)]) { [account, message] text in
            account.keep(text: text, of: message.id, madeOf: octets, form: ReadableText.form)
        }
        return ViewContent(text)
    }
}
