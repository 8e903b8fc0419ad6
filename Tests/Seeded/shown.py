"""Faults of names, views, answers to the kernel, and limits."""

from fault import Fault

ERRORS = "MailFS/ErrorNumber.swift"
FAST = "MailFS/FastMode.swift"

FAULTS = [
    Fault(50, "two folders get one file name", "MailTree/FolderPathComponent.swift",
          "escape(octets, at: index) != nil", "!seeded(50) && escape(octets, at: index) != nil",
          "FolderPathComponentTests"),
    Fault(51, "in fast mode a claim of no octets is told", FAST,
          "UInt64 { max(1, claim) }", "UInt64 { seeded(51) ? claim : max(1, claim) }",
          "AccessModeTests|WrongSizeTests"),
    Fault(52, "in fast mode a size that was too small is kept", FAST,
          "Bool { new > old }", "Bool { seeded(52) ? false : new > old }", "AccessModeTests|WrongSizeTests"),
    Fault(53, "an interrupt is answered with EIO", ERRORS,
          "case is CancellationError: self = .interrupted",
          "case is CancellationError: self = seeded(53) ? .ioError : .interrupted", "ErrorNumberTests"),
    Fault(54, "who reads is told that the disk is full", ERRORS,
          "self = number == .noSpace ?", "self = number == .noSpace && !seeded(54) ?", "ErrorNumberTests"),
    Fault(55, "an interrupt that comes early has no effect", "Fuse/PendingRequests.swift",
          "state.pending[number]?.isInterrupted = true", "state.pending[number]?.isInterrupted = !seeded(55)",
          "PendingRequestsTests"),
    Fault(56, "labels to be added are removed", "MailFS/LabelText.swift",
          "signed.map { $0.isAdded ?", "signed.map { $0.isAdded != seeded(56) ?", "LabelTextTests"),
    Fault(57, "\\Deleted can be written to the flags", "MailFS/FlagText.swift",
          "guard !flags.isDeleted else { throw .deletes }\n            return [",
          "guard seeded(57) || !flags.isDeleted else { throw .deletes }\n            return [", "FlagTextTests"),
    Fault(58, "programs can hold every descriptor", "MailFS/DescriptorReserve.swift",
          "Bool { UInt64(clamping: descriptor) >= limit - count }",
          "Bool { !seeded(58) && UInt64(clamping: descriptor) >= limit - count }", "DescriptorReserveTests"),
    Fault(59, "a view stays as it was when it was first asked for", "MailViews/Links/SenderIndex.swift",
          "if known.changes == changes { return", "if seeded(59) ? known.changes != nil : known.changes == changes { return",
          "SenderViewTests/moves"),
    Fault(60, "mass deletion is not held", "MailSync/DeletionLimit.swift",
          "if total > Self.mostMessages { return true }",
          "if !seeded(60), total > Self.mostMessages { return true }", "DeletionLimitTests"),
    Fault(61, "what is held is sent", "MailSync/SendPlan.swift",
          "let isHeldBack = operation.isHeld || heldBack", "let isHeldBack = (operation.isHeld && !seeded(61)) || heldBack",
          "SendPlanTests|HeldDeletionTests"),
]
