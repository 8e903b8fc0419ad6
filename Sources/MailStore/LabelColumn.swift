import MailModel

/// Labels in a column: one after the other, each but the last with a line feed behind it, which no label has.
enum LabelColumn {
    static func text(_ labels: Labels) -> String { labels.names.joined(separator: "\n") }

    static func labels(_ text: String) -> Labels { Labels(text.split(separator: "\n").map(String.init)) }
}
