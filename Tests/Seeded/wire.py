"""Faults of what is written to the wire."""

from fault import Fault

MESSAGE = "IMAPCodec/CommandEncoder+Message.swift"
ENCODER = "IMAPCodec/CommandEncoder.swift"
WRITER = "IMAPCodec/CommandWriter.swift"

FAULTS = [
    Fault(1, "PEEK is left out where a body is fetched", MESSAGE,
          'writer.write("BODY.PEEK[]")', 'writer.write(seeded(1) ? "BODY[]" : "BODY.PEEK[]")', "CommandEncoderTests"),
    Fault(2, "PEEK is left out where a header is fetched", MESSAGE,
          'writer.write("BODY.PEEK[HEADER]")', 'writer.write(seeded(2) ? "BODY[HEADER]" : "BODY.PEEK[HEADER]")',
          "CommandEncoderTests"),
    Fault(3, "UNCHANGEDSINCE is left out", MESSAGE,
          "if let unchangedSince {", "if !seeded(3), let unchangedSince {", "CommandEncoderTests"),
    Fault(4, "UID is left out of a STORE", MESSAGE,
          'writer.write("UID STORE " + (try text(set)) + " ")',
          'writer.write((seeded(4) ? "STORE " : "UID STORE ") + (try text(set)) + " ")', "CommandEncoderTests"),
    Fault(5, "EXPUNGE without UIDs", ENCODER,
          'writer.write("UID EXPUNGE " + (try text(set)))',
          'writer.write(seeded(5) ? "EXPUNGE" : "UID EXPUNGE " + (try text(set)))', "CommandEncoderTests"),
    Fault(6, "UID is left out of a MOVE", ENCODER,
          'writer.write("UID MOVE " + (try text(set)) + " ")',
          'writer.write((seeded(6) ? "MOVE " : "UID MOVE ") + (try text(set)) + " ")', "CommandEncoderTests"),
    Fault(7, "a literal is announced with an octet more than it has", WRITER,
          'bytes.append(contentsOf: "{\\(string.count)}\\r\\n".utf8)',
          'bytes.append(contentsOf: "{\\(string.count + (seeded(7) ? 1 : 0))}\\r\\n".utf8)', "CommandEncoderTests"),
    Fault(8, "a message is announced with an octet more than it has", WRITER,
          'write(isSentAtOnce ? "{\\(octets)+}" : "{\\(octets)}")',
          'write(isSentAtOnce ? "{\\(octets)+}" : "{\\(seeded(8) ? octets + 1 : octets)}")', "CommandEncoderTests"),
    Fault(64, "CLOSE instead of UNSELECT", ENCODER,
          'case .unselect: writer.write("UNSELECT")',
          'case .unselect: writer.write(seeded(64) ? "CLOSE" : "UNSELECT")', "CommandEncoderTests"),
]
